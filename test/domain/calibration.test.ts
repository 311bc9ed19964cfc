/** The model against recorded outcomes, where the shared folder is at hand: Chainlink ticks and official results of one day. */
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { parseScaled } from "../../src/domain/decimal.ts"
import { probabilityUp } from "../../src/domain/fair-value.ts"
import { type SpotPrice, spotPrice } from "../../src/domain/money.ts"
import { observePrice, priorVolatility, volatilityPerSqrtSecondE9 } from "../../src/domain/volatility.ts"

const folder = new URL("../../../shared/data/local-only/ligengxin96/", import.meta.url)
const absent = !existsSync(folder)

const lines = (prefix: string): ReadonlyArray<string> =>
  readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .flatMap((name) =>
      gunzipSync(readFileSync(new URL(name, folder)))
        .toString("utf8")
        .trim()
        .split("\n")
    )

const Market = Schema.parseJson(
  Schema.Struct({
    start_sec: Schema.Int,
    end_sec: Schema.Int,
    resolved: Schema.Boolean,
    outcome_prices: Schema.NullOr(Schema.Array(Schema.String)),
    strike_value: Schema.NullOr(Schema.String)
  })
)

/** Streams carry prices with 18 decimals; ours have 8. */
const fromE18 = (text: string) => spotPrice(Number(BigInt(text) / 10n ** 10n))

const SETTINGS = {
  halfLifeSeconds: 600,
  returnSeconds: 10,
  minPerSqrtSecondE9: 20_000,
  maxPerSqrtSecondE9: 1_000_000
}

interface Observed {
  readonly price: SpotPrice
  readonly volatilityE9: number
}
/** Price and estimated volatility by the tick's stamp; read once, when a test first asks. */
let observed: ReadonlyMap<number, Observed> | undefined
const observations = (): ReadonlyMap<number, Observed> => {
  if (observed !== undefined) return observed
  const ticks = lines("BTCUSD-prices")
    .slice(1)
    .map((line) => line.split(","))
    .map(([ms, , value]) => ({
      atMs: Option.getOrThrow(parseScaled(ms ?? "", 1)),
      price: fromE18(value ?? "")
    }))
    .toSorted((a, b) => a.atMs - b.atMs)
  const seen = new Map<number, Observed>()
  let volatility = priorVolatility(95_000)
  for (const { atMs, price } of ticks) {
    volatility = observePrice(SETTINGS, volatility, price, atMs)
    seen.set(atMs, { price, volatilityE9: volatilityPerSqrtSecondE9(SETTINGS, volatility) })
  }
  observed = seen
  return seen
}

const judged = (secondsLeft: number) => {
  const seen = observations()
  return lines("BTC-5m-markets").flatMap((line) => {
    const market = Schema.decodeUnknownSync(Market)(line)
    const at = seen.get((market.end_sec - secondsLeft) * 1000)
    if (
      !market.resolved ||
      market.strike_value === null ||
      market.outcome_prices === null ||
      at === undefined
    )
      return []
    const up = probabilityUp({
      rule: { _tag: "ChainlinkSpot" },
      endMs: market.end_sec * 1000,
      priceToBeat: fromE18(market.strike_value),
      price: at.price,
      observedAtMs: (market.end_sec - secondsLeft) * 1000,
      volatilityPerSqrtSecondE9: at.volatilityE9,
      last60s: []
    })
    return [{ up, won: market.outcome_prices[0] === "1" ? 1 : 0 }]
  })
}

describe.skipIf(absent)("probabilityUp on a recorded day (skipped where ../shared/data is absent)", () => {
  it.each([240, 180, 120, 60, 20])(
    "calibration – with %i s left it is as often right as it says",
    (secondsLeft) => {
      const windows = judged(secondsLeft)
      expect(windows.length).toBeGreaterThan(200)
      const mean = (values: ReadonlyArray<number>) =>
        values.reduce((sum, value) => sum + value, 0) / values.length
      const brier = mean(windows.map(({ up, won }) => (up - won) ** 2))
      // What the model itself expects its error to be, and by how much chance may move it in so many windows.
      const expected = mean(windows.map(({ up }) => up * (1 - up)))
      const spread = Math.sqrt(
        mean(windows.map(({ up }) => up * (1 - up) * (1 - 2 * up) ** 2)) / windows.length
      )
      expect(Math.abs(brier - expected)).toBeLessThan(4 * spread)
      expect(brier).toBeLessThan(0.22)
      const error = Math.abs(mean(windows.map(({ up }) => up)) - mean(windows.map(({ won }) => won)))
      expect(error).toBeLessThan(4 * Math.sqrt(expected / windows.length))
    }
  )
})
