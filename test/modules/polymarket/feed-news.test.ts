/** What a feed has heard and nobody took yet. */
import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import type { Book } from "../../../src/domain/book.ts"
import { microShares, priceTicks, spotPrice } from "../../../src/domain/money.ts"
import { TokenId } from "../../../src/domain/window.ts"
import { FeedNews } from "../../../src/modules/polymarket/feed-news.ts"

const TOKENS = ["1", "2", "3"].map((id) => TokenId.make(id))

const bookOf = (tokenId: TokenId): Book => ({
  tokenId,
  bids: [],
  asks: [],
  eventTimeMs: 0,
  receivedAtMs: 0
})

const act = fc.oneof(
  fc.record({ kind: fc.constant("trade" as const), token: fc.nat(2), size: fc.nat(3) }),
  fc.record({ kind: fc.constant("book" as const), token: fc.nat(2) }),
  fc.record({ kind: fc.constant("price" as const), second: fc.nat(100) }),
  fc.record({ kind: fc.constant("take" as const), sound: fc.subarray([0, 1, 2]) })
)

describe("the news of a feed", () => {
  it.prop(
    "trades and prices – come once each, in their order; a changed book comes once it is sound, and is never forgotten",
    [fc.array(act, { maxLength: 60 })],
    ([acts]) => {
      let woken = 0
      const news = new FeedNews(() => void (woken += 1))
      const expected = { trades: [] as Array<number>, prices: [] as Array<number> }
      const told = { trades: [] as Array<number>, prices: [] as Array<number> }
      const changed = new Set<number>()
      const take = (sound: ReadonlyArray<number>) => {
        const { events, lost } = news.take((tokenId) => {
          const index = TOKENS.indexOf(tokenId)
          return sound.includes(index) ? bookOf(tokenId) : undefined
        })
        expect(lost).toEqual({ trade: 0, price: 0 })
        const books: Array<number> = []
        for (const event of events) {
          if (event._tag === "Trade") told.trades.push(event.sizeMicroShares)
          else if (event._tag === "Book") books.push(TOKENS.indexOf(event.tokenId))
          else told.prices.push(event.tick.observedAtMs)
        }
        const due = [...changed].filter((index) => sound.includes(index))
        expect(books.toSorted()).toEqual(due.toSorted())
        for (const index of due) changed.delete(index)
        // A book comes after the trades that led to it.
        const kinds = events.map(({ _tag }) => _tag)
        expect(kinds.lastIndexOf("Trade")).toBeLessThan(
          kinds.includes("Book") ? kinds.indexOf("Book") : kinds.length
        )
      }
      for (const [index, each] of acts.entries()) {
        const before = woken
        if (each.kind === "trade") {
          news.traded({
            asset_id: TOKENS[each.token] ?? "",
            price: priceTicks(5_000),
            size: each.size === 0 ? undefined : microShares(index + 1),
            side: each.size === 1 ? "" : "BUY",
            timestamp: 1
          })
          if (each.size > 1) {
            expected.trades.push(index + 1)
            changed.add(each.token)
            expect(woken).toBe(before + 1)
          }
        } else if (each.kind === "book") {
          news.changed(TOKENS[each.token] ?? TokenId.make("0"))
          changed.add(each.token)
          expect(woken).toBe(before + 1)
        } else if (each.kind === "price") {
          news.priced(each.second % 2 === 0 ? "spot" : "average", {
            asset: "BTC",
            price: spotPrice(1),
            observedAtMs: each.second
          })
          expected.prices.push(each.second)
          expect(woken).toBe(before + 1)
        } else take(each.sound)
      }
      take([0, 1, 2])
      expect(told).toEqual(expected)
    }
  )

  it("nobody takes – the newest ten thousand wait, the others are counted as lost, and no instrument is waited for that is not followed", () => {
    const news = new FeedNews(() => undefined)
    for (let index = 0; index < 10_007; index += 1) {
      news.traded({
        asset_id: "1",
        price: priceTicks(5_000),
        size: microShares(index + 1),
        side: "SELL",
        timestamp: index
      })
    }
    news.changed(TokenId.make("2"))
    news.follow(new Set([TokenId.make("1")]))
    const asked: Array<string> = []
    const { events, lost } = news.take((tokenId) => {
      asked.push(tokenId)
      return undefined
    })
    expect(lost).toEqual({ trade: 7, price: 0 })
    expect(events.length).toBe(10_000)
    expect(events[0]).toMatchObject({ sizeMicroShares: 8 })
    expect(asked).toEqual(["1"])
  })
})
