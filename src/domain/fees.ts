/** The venue's taker fee: docs.polymarket.com/trading/fees. */
import { Schema } from "effect"
import type { MicroShares, MicroUsd, PriceTicks } from "./money.ts"
import { MICROS, TICKS_PER_USD, divSafe, microUsd, mulDiv } from "./money.ts"

/** A market's fee terms, read from the market itself (`fd{r,e,to}`), never from `/fee-rate`. */
export const FeeSchedule = Schema.Struct({
  /** The rate in millionths: 0.07 is 70,000. */
  rateMicros: Schema.Int.pipe(Schema.between(0, 1_000_000)),
  /** The exponent of p(1−p): 2 on the first fee markets, 1 since 2026-03-30. */
  exponent: Schema.Literal(1, 2),
  takerOnly: Schema.Boolean
})
export type FeeSchedule = typeof FeeSchedule.Type

export const NO_FEES: FeeSchedule = { rateMicros: 0, exponent: 1, takerOnly: true }

/** $0.00001, the step fees are rounded to and so the least fee that is charged. */
const FEE_STEP_MICRO_USD = 10
/** What a curve of ticks and a rate of millionths are divided by to be fee steps, for each exponent. */
const DENOMINATORS: Readonly<Record<FeeSchedule["exponent"], bigint>> = {
  1: BigInt(MICROS) * BigInt(TICKS_PER_USD) ** 2n * BigInt(FEE_STEP_MICRO_USD),
  2: BigInt(MICROS) * BigInt(TICKS_PER_USD) ** 4n * BigInt(FEE_STEP_MICRO_USD)
}
/** What nearly all sizes and rates are whole multiples of; without these factors the product mostly is a safe integer. */
const USUAL_SIZE_STEP = 10_000
const USUAL_RATE_STEP = 1_000
const USUAL_DENOMINATOR = Number(DENOMINATORS[1] / BigInt(USUAL_SIZE_STEP * USUAL_RATE_STEP))

const isUsual = ({ exponent, rateMicros }: FeeSchedule, size: MicroShares): boolean =>
  exponent === 1 && size % USUAL_SIZE_STEP === 0 && rateMicros % USUAL_RATE_STEP === 0

const exactSteps = ({ exponent, rateMicros }: FeeSchedule, curve: number, size: MicroShares): number => {
  const numerator = BigInt(size) * BigInt(rateMicros) * BigInt(curve)
  return Number(mulDiv(numerator, 1n, DENOMINATORS[exponent], "half-up"))
}

/**
 * The fee on a taker's fill: `shares × rate × (p(1−p))^exponent`, rounded half up to 5 decimals. What is less than half of
 * $0.00001 is no fee: the venue lets tiny fills near 0 and 1 go free (docs.polymarket.com/trading/fees, "Fee Precision").
 * The page does not say which way a half goes; half up never books less than the venue takes.
 */
export const takerFee = (schedule: FeeSchedule, price: PriceTicks, size: MicroShares): MicroUsd => {
  // At most 6.25e14: numbers are exact so far, and beyond it no more.
  const curve = (price * (TICKS_PER_USD - price)) ** schedule.exponent
  const usual = (size / USUAL_SIZE_STEP) * (schedule.rateMicros / USUAL_RATE_STEP) * curve
  const steps =
    isUsual(schedule, size) && Number.isSafeInteger(usual)
      ? divSafe(usual, USUAL_DENOMINATOR, "half-up")
      : exactSteps(schedule, curve, size)
  return microUsd(steps * FEE_STEP_MICRO_USD)
}
