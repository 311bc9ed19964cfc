/** Requests exactly as the official client sent them, taken by the server. */
import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Redacted, Schema, TestClock } from "effect"
import { microShares, priceTicks } from "../../../src/domain/money.ts"
import { ConditionId, TokenId, WindowSlug } from "../../../src/domain/window.ts"
import type { VenueMarket } from "../../../src/ports/venue.ts"
import { unlessAbsent } from "../../support/polymarket-vectors.ts"
import { inFolder } from "../world/fixture.ts"
import { ask, openRest, scriptedMarket } from "./fixture.ts"

const file = new URL("../../../../shared/vectors/polymarket-vectors.json", import.meta.url)

const Golden = Schema.Struct({
  wire_requests: Schema.Struct({
    creds: Schema.Struct({ key: Schema.String, secret: Schema.String, passphrase: Schema.String }),
    dateNow: Schema.Number,
    requests: Schema.Array(
      Schema.Struct({
        name: Schema.String,
        method: Schema.String,
        path: Schema.String,
        query: Schema.String,
        headers: Schema.Record({ key: Schema.String, value: Schema.String }),
        body: Schema.String
      })
    )
  })
})

const golden = existsSync(file)
  ? Schema.decodeUnknownSync(Schema.parseJson(Golden))(readFileSync(file, "utf8")).wire_requests
  : undefined

const MARKET: VenueMarket = {
  slug: WindowSlug.make("btc-updown-5m-1795305600"),
  asset: "BTC",
  interval: "5m",
  startMs: 1_795_305_600_000,
  endMs: 1_795_305_900_000,
  conditionId: ConditionId.make(`0x${"ab".repeat(32)}`),
  upTokenId: TokenId.make("71321045679252212594626385532706912750332728571942532289631379312455583992563"),
  downTokenId: TokenId.make("52114319501245915516055106046884209969926127482827954674443846427813813222426"),
  tickSizeTicks: priceTicks(100),
  minSizeMicroShares: microShares(5_000_000),
  fees: { rateMicros: 70_000, exponent: 1, takerOnly: true },
  settlementConfig: { twapEnabled: true, twapLookbackSeconds: 60 },
  takerHoldMs: 0
}

/** Every answer that is not plain success, and why. */
const EXPECTED: Readonly<Record<string, Record<string, unknown>>> = {
  "post GTC postOnly BUY 10@0.52": { success: true, status: "live" },
  "post GTD SELL 10@0.52": { error: expect.stringMatching(/^not enough balance/) },
  "post FAK market BUY $10 @0.60": {
    success: true,
    status: "matched",
    makingAmount: "10",
    takingAmount: "18.867924"
  },
  "cancel one": { canceled: [], not_canceled: { "0xaa": "Order not found or already canceled" } },
  "cancel batch": { canceled: [], not_canceled: { "0xaa": expect.any(String), "0xbb": expect.any(String) } },
  "cancel all": { canceled: [expect.stringMatching(/^0x[0-9a-f]{64}$/)] },
  "cancel market": { canceled: [], not_canceled: {} },
  "heartbeat start": { heartbeat_id: expect.any(String) },
  "open orders": { data: [], next_cursor: "LTE=" },
  trades: { count: 1, next_cursor: "LTE=" },
  "balance collateral": { balance: "1000000000", allowances: expect.any(Object) }
}

describe.skipIf(golden === undefined)(`golden requests${unlessAbsent}`, () => {
  it.effect("every request of the official client – is understood, byte for byte", () =>
    inFolder((folder) =>
      Effect.scoped(
        Effect.gen(function* () {
          if (golden === undefined) return
          const { creds, dateNow, requests } = golden
          yield* TestClock.setTime(dateNow)
          const level = (ticks: number) => [
            { priceTicks: priceTicks(ticks), sizeMicroShares: microShares(100_000_000) }
          ]
          const source = scriptedMarket(dateNow - 1_000, [
            { _tag: "Listed", atMs: dateNow - 1_000, market: MARKET },
            {
              _tag: "Book",
              atMs: dateNow - 500,
              conditionId: MARKET.conditionId,
              bids: level(4_000),
              asks: level(5_300)
            }
          ])
          const exchange = yield* openRest(folder, {
            source,
            settings: {
              credentials: () => ({
                apiKey: creds.key,
                secret: Redacted.make(creds.secret),
                passphrase: Redacted.make(creds.passphrase)
              })
            }
          })
          for (const { body, headers, method, name, path, query } of requests) {
            const answer = yield* ask(exchange, method, `${path}?${query}`, { body, headers })
            const expected = EXPECTED[name]
            if (expected !== undefined) expect(answer.body, name).toEqual(expect.objectContaining(expected))
            expect(answer.status, `${name}: ${JSON.stringify(answer.body)}`).toBe(
              name === "post GTD SELL 10@0.52" ? 400 : 200
            )
          }
          expect(requests.length).toBe(14)
        })
      )
    )
  )
})
