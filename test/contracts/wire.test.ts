import { exchangeContract } from "./exchange-contract.ts"
import { exchangeOverTheWire } from "./wire.ts"

// The wire tells a trade's price and size, and not its cost: which way that was rounded is not known.
exchangeContract("polymarket over the embedded exchange's protocol in-process", exchangeOverTheWire, 1)
