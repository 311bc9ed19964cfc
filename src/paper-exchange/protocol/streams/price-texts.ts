/** Prices as the two reference-price streams write them (spot-feeds.md §1). */
import type { Asset } from "../../../domain/asset.ts"
import { formatScaled } from "../../../domain/decimal.ts"
import { SPOT_UNITS_PER_USD, type SpotPrice } from "../../../domain/money.ts"
import type { PricePoint } from "./price-board.ts"

/** 1e18 dollars' units in one of ours. */
const E18_PER_UNIT = 10n ** 10n
const BOLT_DECIMALS = 8

const decimalText = (price: SpotPrice, minDecimals = 0): string =>
  formatScaled(price, SPOT_UNITS_PER_USD, minDecimals)

/** The number that stands beside the exact text. */
const value = (price: SpotPrice): number => Number(decimalText(price))

/** RTDS counts 1e-18 dollars. */
export const rtdsPoint = ({ atMs, price }: PricePoint) => ({
  timestamp: atMs,
  value: value(price),
  full_accuracy_value: String(BigInt(price) * E18_PER_UNIT)
})

/** PolyBolt writes plain decimals. */
export const boltPoint = ({ atMs, price }: PricePoint) => ({
  timestamp: atMs,
  value: value(price),
  full_accuracy_value: decimalText(price, BOLT_DECIMALS)
})

/** `btcusdt`, Binance's form. */
export const usdtSymbol = (asset: Asset): string => `${asset.toLowerCase()}usdt`
/** `btc/usd`, Chainlink's form. */
export const pairSymbol = (asset: Asset): string => `${asset.toLowerCase()}/usd`
/** `btcusd`, PolyBolt's form. */
export const boltSymbol = (asset: Asset): string => `${asset.toLowerCase()}usd`
