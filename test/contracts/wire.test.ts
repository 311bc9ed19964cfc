import { vi } from "@effect/vitest"
import { exchangeContract } from "./exchange-contract.ts"
import { exchangeOverTheWire } from "./wire.ts"

// Whole windows pass, with all that a client asks for in them: a busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

// The wire tells a trade's price and size, and not its cost: which way that was rounded is not known.
exchangeContract("polymarket over the embedded exchange's protocol in-process", exchangeOverTheWire, 1)
