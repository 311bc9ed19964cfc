import { embeddedExchange } from "./embedded.ts"
import { exchangeContract } from "./exchange-contract.ts"

exchangeContract("polymarket over the embedded exchange", embeddedExchange)
