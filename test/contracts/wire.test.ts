import { vi } from "@effect/vitest"
import { exchangeContract } from "./exchange-contract.ts"
import { exchangeOverTheWire } from "./wire.ts"

// Whole windows pass second by second on the test clock, which takes real time for each of the client's sleeps.
vi.setConfig({ testTimeout: 300_000 })

// The wire tells a trade's price and size, and not its cost: which way that was rounded is not known.
exchangeContract("polymarket over the embedded exchange's protocol in-process", exchangeOverTheWire, 1)
