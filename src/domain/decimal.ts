/** Decimal text to scaled integers and back, exactly. */
import { Option } from "effect"
import {
  MICROS,
  SPOT_UNITS_PER_USD,
  TICKS_PER_USD,
  type MicroShares,
  type MicroUsd,
  type PriceTicks,
  type SpotPrice,
  microShares,
  microUsd,
  priceTicks,
  spotPrice
} from "./money.ts"

const decimalText = /^(-)?(\d{1,16})(?:\.(\d+))?$/

/**
 * Reads plain decimal text ("12.5", "-0.01") as a whole number of 1/scale. None where the text is no plain
 * decimal, has more digits than the scale holds (unless the rest are zeros), or leaves the safe integers.
 */
export const parseScaled = (text: string, scale: number): Option.Option<number> => {
  const match = decimalText.exec(text)
  if (match === null) return Option.none()
  const digits = Math.round(Math.log10(scale))
  const fraction = match[3] ?? ""
  if (/[1-9]/.test(fraction.slice(digits))) return Option.none()
  const magnitude = BigInt((match[2] ?? "0") + fraction.slice(0, digits).padEnd(digits, "0"))
  if (magnitude > BigInt(Number.MAX_SAFE_INTEGER)) return Option.none()
  const value = Number(magnitude)
  return Option.some(match[1] === undefined || value === 0 ? value : -value)
}

/** Writes a whole number of 1/scale as plain decimal text with at least `minDecimals` decimals. */
export const formatScaled = (value: number, scale: number, minDecimals = 0): string => {
  const digits = Math.round(Math.log10(scale))
  const magnitude = Math.abs(value)
  const rest = magnitude % scale
  const whole = (magnitude - rest) / scale
  const fraction = String(rest).padStart(digits, "0").replace(/0+$/, "").padEnd(minDecimals, "0")
  return `${value < 0 ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`
}

const parsed =
  <A>(scale: number, make: (value: number) => A, accepts: (value: number) => boolean) =>
  (text: string): Option.Option<A> =>
    parseScaled(text, scale).pipe(Option.filter(accepts), Option.map(make))

/** "0.52" → 5,200 ticks; none outside 0..1 or finer than $0.0001. */
export const parsePrice: (text: string) => Option.Option<PriceTicks> = parsed(
  TICKS_PER_USD,
  priceTicks,
  (value) => value >= 0 && value <= TICKS_PER_USD
)
/** "5.25" shares → 5,250,000; none where negative or finer than a millionth. */
export const parseShares: (text: string) => Option.Option<MicroShares> = parsed(
  MICROS,
  microShares,
  (value) => value >= 0
)
/** "-3.25" dollars → −3,250,000; none where finer than a millionth. */
export const parseUsd: (text: string) => Option.Option<MicroUsd> = parsed(MICROS, microUsd, () => true)
/** "76568.78" → 7,656,878,000,000; none where not above 0 or finer than 1e-8. */
export const parseSpot: (text: string) => Option.Option<SpotPrice> = parsed(
  SPOT_UNITS_PER_USD,
  spotPrice,
  (value) => value > 0
)

export const formatPrice = (price: PriceTicks): string => formatScaled(price, TICKS_PER_USD, 2)
export const formatShares = (size: MicroShares): string => formatScaled(size, MICROS)
export const formatUsd = (usd: MicroUsd): string => formatScaled(usd, MICROS, 2)
export const formatSpot = (spot: SpotPrice): string => formatScaled(spot, SPOT_UNITS_PER_USD, 2)
