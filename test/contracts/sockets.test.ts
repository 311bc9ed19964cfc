import { vi } from "@effect/vitest"
import { exchangeContract } from "./exchange-contract.ts"
import { exchangeOverSockets } from "./wire.ts"

// Whole windows pass in small steps, each of which waits for the network.
vi.setConfig({ testTimeout: 120_000 })

// The wire tells a trade's price and size, and not its cost: which way that was rounded is not known.
exchangeContract("polymarket over the embedded exchange's protocol on real sockets", exchangeOverSockets, 1)
