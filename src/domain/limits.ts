/** What the trader allows at most. */
import { Option, ParseResult, Schema } from "effect"
import { formatUsd, parseUsd } from "./decimal.ts"
import { MicroUsd, microUsd } from "./money.ts"

/** Dollars in configuration: plain decimal text ("12.50") or a number, read exactly; finer than a millionth is an error. */
export const Usd = Schema.transformOrFail(
  Schema.Union(Schema.String, Schema.Number),
  Schema.typeSchema(MicroUsd),
  {
    strict: true,
    decode: (value, _, ast) =>
      Option.match(parseUsd(String(value)), {
        onNone: () =>
          ParseResult.fail(
            new ParseResult.Type(ast, value, `${JSON.stringify(value)} is no plain decimal amount of dollars`)
          ),
        onSome: ParseResult.succeed
      }),
    encode: (usd) => ParseResult.succeed(formatUsd(usd))
  }
)

const usd = (defaultUsd: number, description: string) =>
  Schema.optionalWith(
    Usd.pipe(
      Schema.filter((amount) => amount >= 0 || "an amount of dollars that is not negative"),
      Schema.annotations({ description: `${description} Dollars, 0 or more.` })
    ),
    { default: () => microUsd(defaultUsd * 1_000_000) }
  )

const int = (defaultValue: number, least: number, most: number, description: string) =>
  Schema.optionalWith(
    Schema.Int.pipe(
      Schema.between(least, most),
      Schema.annotations({ description: `${description} From ${least} to ${most}.` })
    ),
    { default: () => defaultValue }
  )

/**
 * The limits on entries. Amounts are dollars in configuration (`"12.50"` or `12.5`) and {@link MicroUsd} here. Exits pass
 * whatever the limits say.
 */
export const Limits = Schema.Struct({
  maxOrderUsd: usd(10, "Most that one entry order may cost at its limit price, taker fee included."),
  maxWindowUsd: usd(20, "Most at stake in one window: cost of shares held and open buys of both outcomes."),
  maxAssetUsd: usd(50, "Most at stake in all windows of one asset."),
  maxTotalUsd: usd(100, "Most at stake in all."),
  maxOpenOrders: int(8, 0, 1_000, "Open orders at which no entry is sent any more."),
  maxEntriesPerTick: int(2, 0, 100, "Entries approved in one tick."),
  maxEntriesPerWindow: int(3, 0, 1_000, "Entries approved in one window, over restarts too."),
  entryMarginMs: int(30_000, 0, 3_600_000, "No entry this long before a window's end. Milliseconds."),
  maxBookAgeMs: int(10_000, 0, 600_000, "Oldest book an entry may rely on. Milliseconds."),
  maxBookSkewMs: int(
    5_000,
    0,
    600_000,
    "Most that the two books of a window may differ in event time. Milliseconds."
  )
})
export type Limits = typeof Limits.Type

/** The limits that hold where nothing is configured. */
export const DEFAULT_LIMITS: Limits = Schema.decodeUnknownSync(Limits)({})
