/** The venue's reference prices and listings, as others recorded them. They lie beside the project and are never part of it. */
import { describe, expect, it } from "@effect/vitest"
import { Either, Schema } from "effect"
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { SPOT_UNITS_PER_USD } from "../../../../src/domain/money.ts"
import { readRtdsFrame } from "../../../../src/modules/polymarket/streams/price-frame.ts"
import { WireGammaMarket } from "../../../../src/modules/polymarket/wire/gamma.ts"
import { decodeJson } from "../../../../src/modules/polymarket/wire/json.ts"

const data = new URL("../../../../../shared/data/local-only/", import.meta.url)
const at = (path: string) => existsSync(new URL(path, data))
const lines = (path: string): ReadonlyArray<string> =>
  gunzipSync(readFileSync(new URL(path, data)))
    .toString("utf8")
    .trim()
    .split("\n")

const tally = (kinds: ReadonlyArray<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const sessions = "jonahgrigoryan/"
const readSession = Schema.decodeUnknownSync(
  Schema.parseJson(Schema.Struct({ source: Schema.String, payload: Schema.String }))
)
const Point = Schema.Struct({
  timestamp: Schema.Number,
  value: Schema.Number,
  full_accuracy_value: Schema.optional(Schema.String)
})
const readPoints = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({ payload: Schema.Union(Schema.Struct({ data: Schema.Array(Point) }), Point) })
  )
)
/** A frame brings one price, or a list of the last minute's. */
const pointsOf = (frame: string): ReadonlyArray<typeof Point.Type> => {
  const { payload } = readPoints(frame)
  return "data" in payload ? payload.data : [payload]
}
const dollarsOf = ({ full_accuracy_value, value }: typeof Point.Type): number =>
  full_accuracy_value === undefined ? value : Number(full_accuracy_value) / 1e18

describe.skipIf(!at(sessions))("933 frames of RTDS (skipped where ../shared/data is absent)", () => {
  const frames = at(sessions)
    ? readdirSync(new URL(sessions, data))
        .flatMap((name) => lines(`${sessions}${name}/raw_messages.jsonl.gz`))
        .map((line) => readSession(line))
        .filter(({ source }) => source === "polymarket_rtds_chainlink")
        .map(({ payload }) => payload)
    : []

  it("all of them decode: so many prices of each asset, to the last digit of our unit", () => {
    const ticks = frames.flatMap((frame) => {
      const read = readRtdsFrame(frame)
      if (read._tag !== "Prices") return [`${read._tag}: ${frame.slice(0, 200)}`]
      const points = pointsOf(frame).toSorted((one, other) => one.timestamp - other.timestamp)
      expect(read.ticks.map(({ observedAtMs }) => observedAtMs)).toEqual(
        points.map(({ timestamp }) => timestamp)
      )
      for (const [index, point] of points.entries()) {
        const price = (read.ticks[index]?.price ?? Number.NaN) / SPOT_UNITS_PER_USD
        expect(Math.abs(price - dollarsOf(point))).toBeLessThanOrEqual(1 / SPOT_UNITS_PER_USD)
      }
      return read.ticks.map(({ asset }) => `${read.kind} ${asset}`)
    })
    expect({ frames: frames.length, ...tally(ticks) }).toEqual({
      frames: 933,
      "spot BTC": 2_203,
      "spot ETH": 2_195,
      "spot SOL": 2_199
    })
  })
})

const listings = "ligengxin96/BTC-5m-markets-2026-06-08.jsonl.gz"
const readListing = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({
      slug: Schema.String,
      condition_id: Schema.String,
      token_ids: Schema.Array(Schema.String),
      end_sec: Schema.Number,
      outcome_prices: Schema.Array(Schema.String),
      raw: Schema.Unknown
    })
  )
)

describe.skipIf(!at(listings))("292 markets of Gamma (skipped where ../shared/data is absent)", () => {
  it("all of them decode, and say what those who recorded them read", () => {
    const read = decodeJson(WireGammaMarket)
    const told = lines(listings).map((line) => {
      const listing = readListing(line)
      return Either.match(read(listing.raw), {
        onLeft: ({ message }) => message,
        onRight: (market) => {
          expect(market).toMatchObject({
            slug: listing.slug,
            conditionId: listing.condition_id,
            outcomes: ["Up", "Down"],
            clobTokenIds: listing.token_ids,
            outcomePrices: listing.outcome_prices,
            closed: true,
            negRisk: false
          })
          expect(Date.parse(market.endDate)).toBe(listing.end_sec * 1_000)
          return `closed market, ${market.outcomePrices?.[0] === "1" ? "Up" : "Down"}`
        }
      })
    })
    expect({ markets: told.length, ...tally(told) }).toEqual({
      markets: 292,
      "closed market, Up": 137,
      "closed market, Down": 155
    })
  })
})
