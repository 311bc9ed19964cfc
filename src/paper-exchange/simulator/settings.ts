/** What can be set about the simulated market. */
import { Schema } from "effect"
import { Asset } from "../../domain/asset.ts"
import { TWAP_60_ON_5M_SINCE_MS } from "../../domain/settlement.ts"

const field = <A, I>(schema: Schema.Schema<A, I>, fallback: A, description: string) =>
  Schema.optionalWith(schema.annotations({ description }), { default: () => fallback })

const millis = (min: number, max: number) => Schema.Int.pipe(Schema.between(min, max))

/** The intervals that are simulated. Hourly windows settle on another source's candle and are not. */
export const SimulatedInterval = Schema.Literal("5m", "15m")
export type SimulatedInterval = typeof SimulatedInterval.Type

/** Settings of the simulated market; every default is measured or explained in docs/market-simulator.md. */
export const SimulatorSettings = Schema.Struct({
  startMs: field(
    Schema.Int.pipe(Schema.multipleOf(1000), Schema.greaterThanOrEqualTo(TWAP_60_ON_5M_SINCE_MS)),
    Date.UTC(2026, 8, 1),
    "Market time at which a new simulation begins, Unix milliseconds on a whole second, from 2026-08-14 on (the 60-second average's era)."
  ),
  assets: field(
    Schema.NonEmptyArray(Asset),
    ["BTC"],
    "Assets with windows; each has its own, independent spot path."
  ),
  intervals: field(
    Schema.NonEmptyArray(SimulatedInterval),
    ["5m", "15m"],
    "Lengths of the windows that roll over for ever."
  ),
  listAheadMs: field(
    millis(0, 3_600_000),
    600_000,
    "How long before its start a window is listed, 0 to 3,600,000 ms."
  ),
  bookIntervalMs: field(
    Schema.Literal(100, 200, 250, 500, 1000),
    500,
    "Time between two books of a window that trades, ms; windows not yet begun have one every ten of these."
  ),
  levelsPerSide: field(
    Schema.Int.pipe(Schema.between(1, 99)),
    20,
    "Most levels shown on each side of a book, 1 to 99. The venue's books have about 49."
  ),
  spotDelayMs: field(
    millis(0, 10_000),
    1_320,
    "Median time from a spot price's stamp to its arrival, 0 to 10,000 ms; single delays vary by 0.75 to 1.44 times."
  ),
  makerLagMs: field(
    millis(0, 10_000),
    1_500,
    "How old the spot price is that others quote on, 0 to 10,000 ms."
  ),
  quoteNoiseCents: field(
    Schema.Number.pipe(Schema.between(0, 5)),
    1,
    "Standard deviation of others' pricing error at a price of 50 cents, 0 to 5 cents; less towards 0 and 1."
  ),
  takerRateFactor: field(
    Schema.Number.pipe(Schema.between(0, 3)),
    1,
    "Others' market orders relative to the recorded rate, 0 to 3."
  ),
  takerHoldMs: field(
    millis(0, 10_000),
    150,
    "How long the venue holds a marketable order before it matches, 0 to 10,000 ms (150 since 2026-09-04)."
  ),
  priceToBeatDelayMs: field(
    millis(0, 60_000),
    3_000,
    "From a window's start until its price to beat is known, 0 to 60,000 ms."
  ),
  resolveDelayMs: field(
    millis(1_000, 600_000),
    55_000,
    "From a window's end until the venue resolves it, 1,000 to 600,000 ms."
  )
})
export type SimulatorSettings = typeof SimulatorSettings.Type
