import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { WINDOWS_HEADER, imported, layer, table, windowRow } from "./helpers.ts"

const START_MS = Date.UTC(2026, 3, 1, 7, 45)
const SLUG = `btc-updown-15m-${START_MS / 1000}`
const HEADER =
  "recorded_at_ts,market_slug,question,up_token_id,down_token_id,up_book_ts,down_book_ts,up_bid,up_bid_size,up_ask,up_ask_size,down_bid,down_bid_size,down_ask,down_ask_size"
const row = (atS: number, stamps: readonly [number, number], up: string, down: string) =>
  [
    `${START_MS / 1000 + atS}.217`,
    SLUG,
    '"Bitcoin Up or Down - April 1, 3:45AM-4:00AM ET"',
    "123",
    "456",
    ...stamps.map((second) => START_MS + second * 1000),
    up,
    down
  ].join(",")

describe("import frederick", () => {
  it.scoped("book of the two – is the one with the newer stamp, joined where they are of one moment", () =>
    Effect.gen(function* () {
      const { header, lines } = yield* imported(
        "frederick",
        {
          "windows.csv.gz": table(WINDOWS_HEADER, [windowRow("frederick-mit", 900, START_MS, "Down")]),
          "data/btc_orderbook.csv.gz": table(HEADER, [
            row(1, [1, 1], "0.5,10,0.52,20", "0.48,20,0.5,10"),
            row(2, [2, 1], "0.6,10,0.62,20", "0.48,20,0.5,10"),
            row(3, [2, 3], "0.6,10,0.62,20", "0.3,20,0.31,10"),
            row(4, [4, 4], "0.6,10,0.62,20", "0.0,0,0.4,7")
          ])
        },
        "data"
      )
      const books = lines.filter(
        ({ bids, kind }) => kind === "book" && Array.isArray(bids) && bids.length > 0
      )
      expect(books.map(({ asks, bids }) => [bids, asks])).toEqual([
        [[[5000, 10_000_000]], [[5200, 20_000_000]]],
        [[[6000, 10_000_000]], [[6200, 20_000_000]]],
        [[[6900, 10_000_000]], [[7000, 20_000_000]]],
        [[[6000, 7_000_000]], []]
      ])
      expect(books[0]?.["atMs"]).toBe(START_MS + 1217)
      expect(header.defects).toMatchObject({ skewedRows: 2, sidesSeenOnce: 1, apparentArbitrageRows: 2 })
      expect(lines[0]).toMatchObject({
        kind: "listed",
        market: { upTokenId: "123", downTokenId: "456", fees: { rateMicros: 72_000, exponent: 1 } }
      })
    }).pipe(Effect.provide(layer))
  )
})
