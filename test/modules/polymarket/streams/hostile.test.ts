/** Market data that means harm, or only came to it: nothing breaks, nothing bad is taken, everything dropped is counted. */
import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import type { Level } from "../../../../src/domain/book.ts"
import { microShares, priceTicks } from "../../../../src/domain/money.ts"
import { TokenId } from "../../../../src/domain/window.ts"
import { type DropReason, MarketBooks } from "../../../../src/modules/polymarket/streams/market-books.ts"

/** Frames of each run; the long run is started with TRADEWIND_HOSTILE_FRAMES=100000. */
const FRAMES = Number(process.env["TRADEWIND_HOSTILE_FRAMES"] ?? 400)
const RUNS = FRAMES > 10_000 ? 1 : 40

const NOW_MS = 1_776_808_425_000
const up = TokenId.make("11")
const down = TokenId.make("22")

type WireLevels = ReadonlyArray<{ readonly price: string; readonly size: string }>
const wired = (levels: ReadonlyArray<Level>): WireLevels =>
  levels.map(({ priceTicks: price, sizeMicroShares: size }) => ({
    price: String(price / 10_000),
    size: String(size / 1_000_000)
  }))

const levelsOf = (from: number, to: number) =>
  fc
    .uniqueArray(
      fc.record({
        priceTicks: fc.integer({ min: from, max: to }).map((cents) => priceTicks(cents * 100)),
        sizeMicroShares: fc
          .integer({ min: 1, max: 90_000 })
          .map((hundredths) => microShares(hundredths * 10_000))
      }),
      { selector: (level) => level.priceTicks, maxLength: 20 }
    )
    .map((levels) => levels.toSorted((a, b) => a.priceTicks - b.priceTicks))

const book = (asset: string, stampMs: unknown, bids: unknown, asks: unknown) => ({
  market: "0x1",
  asset_id: asset,
  timestamp: stampMs,
  hash: "a",
  bids,
  asks,
  event_type: "book"
})
const change = (asset: string, stampMs: unknown, fields: object) => ({
  market: "0x1",
  price_changes: [{ asset_id: asset, price: "0.4", size: "10", side: "BUY", hash: "a", ...fields }],
  timestamp: stampMs,
  event_type: "price_change"
})

const token = fc.constantFrom<TokenId>(up, down)
/** Up to 50 late, as events of a busy venue are. */
const stamp = fc.integer({ min: 1, max: 50 }).map((lateMs) => String(NOW_MS - lateMs))

interface Message {
  readonly frame: string
  /** What must be counted for it; undefined for what may be taken, late words among it. */
  readonly dropped: DropReason | undefined
}

const goodChange = fc
  .record({
    token,
    stamp,
    cents: fc.integer({ min: 1, max: 99 }),
    size: fc.integer({ min: 0, max: 500 }),
    side: fc.constantFrom("BUY", "SELL")
  })
  .map(
    ({ cents, side, size, stamp: at, token: asset }): Message => ({
      frame: JSON.stringify(change(asset, at, { price: String(cents / 100), size: String(size), side })),
      dropped: undefined
    })
  )

const good = fc.oneof(
  goodChange,
  fc.record({ token, stamp, bids: levelsOf(1, 49), asks: levelsOf(50, 99) }).map(
    (each): Message => ({
      frame: JSON.stringify([book(each.token, each.stamp, wired(each.bids), wired(each.asks))]),
      dropped: undefined
    })
  )
)

const noPrice = fc.constantFrom<unknown>(
  "NaN",
  "Infinity",
  "-0.5",
  "1.5",
  "1e309",
  "0",
  "1",
  "",
  "0.12345",
  0.5,
  null,
  {},
  [],
  true
)
const noSize = fc.constantFrom<unknown>(
  "NaN",
  "-1",
  "1e5",
  "",
  "Infinity",
  "0.0000001",
  "9".repeat(25),
  5,
  null,
  {}
)
const noStamp = fc.constantFrom<unknown>("", "soon", "-5", null, {}, "1.5e12", undefined)

const hostile: fc.Arbitrary<Message> = fc.oneof(
  goodChange.chain(({ frame }) =>
    fc
      .integer({ min: 1, max: frame.length - 1 })
      .map((end): Message => ({ frame: frame.slice(0, end), dropped: "not-json" }))
  ),
  fc.tuple(token, stamp, noPrice).map(
    ([asset, at, price]): Message => ({
      frame: JSON.stringify(change(asset, at, { price })),
      dropped: "bad-field"
    })
  ),
  fc.tuple(token, stamp, noSize).map(
    ([asset, at, size]): Message => ({
      frame: JSON.stringify(change(asset, at, { size })),
      dropped: "bad-field"
    })
  ),
  fc
    .tuple(token, noStamp)
    .map(([asset, at]): Message => ({ frame: JSON.stringify(change(asset, at, {})), dropped: "bad-field" })),
  fc.tuple(token, stamp, noPrice).map(
    ([asset, at, price]): Message => ({
      frame: JSON.stringify(book(asset, at, [{ price, size: "1" }], [])),
      dropped: "bad-field"
    })
  ),
  fc.tuple(token, stamp, fc.constantFrom<unknown>(null, {}, "x", [1], [null])).map(
    ([asset, at, side]): Message => ({
      frame: JSON.stringify(book(asset, at, side, [])),
      dropped: "bad-field"
    })
  ),
  fc.tuple(token, stamp, fc.integer({ min: 2, max: 99 })).map(
    ([asset, at, cents]): Message => ({
      frame: JSON.stringify(
        book(
          asset,
          at,
          [{ price: String(cents / 100), size: "1" }],
          [{ price: String((cents - 1) / 100), size: "1" }]
        )
      ),
      dropped: "crossed"
    })
  ),
  stamp.map((at): Message => ({ frame: JSON.stringify(change("33", at, {})), dropped: "unknown-asset" })),
  token.map(
    (asset): Message => ({
      frame: JSON.stringify(change(asset, String(NOW_MS + 3_600_000), {})),
      dropped: "ahead"
    })
  ),
  token.map((asset): Message => ({ frame: JSON.stringify(change(asset, "1", {})), dropped: "older" })),
  token.map(
    (asset): Message => ({
      frame: `{"__proto__":{"polluted":true},"event_type":"book","asset_id":"${asset}"}`,
      dropped: "bad-field"
    })
  ),
  fc
    .constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "trade")
    .map((kind): Message => ({ frame: JSON.stringify({ event_type: kind }), dropped: "unknown-event" })),
  fc
    .constantFrom("[[]]", "[1]", '"text"', "5", "null", "{}", `${"[".repeat(5_000)}${"]".repeat(5_000)}`)
    .map((frame): Message => ({ frame, dropped: "not-an-event" })),
  fc.constant<Message>({ frame: `{"x":"${"y".repeat(1_100_000)}"}`, dropped: "too-large" })
)

describe("hostile market data", () => {
  it(`${FRAMES} frames a run – every drop is counted by its reason, and the next snapshot is the book`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 3, arbitrary: good }, { weight: 2, arbitrary: hostile }), {
          minLength: FRAMES,
          maxLength: FRAMES,
          size: "max"
        }),
        levelsOf(1, 49),
        levelsOf(50, 99),
        (messages, bids, asks) => {
          const drops: Array<DropReason> = []
          const books = new MarketBooks({
            dropped: (reason) => void drops.push(reason),
            took: () => undefined
          })
          books.follow(new Set([up, down]))
          // So that a word of the year 1970 is older than the last one.
          for (const asset of [up, down]) books.take(JSON.stringify(book(asset, "1000", [], [])), NOW_MS)
          for (const { dropped, frame } of messages) {
            const before = drops.length
            books.take(frame, NOW_MS)
            const counted = drops.slice(before)
            if (dropped === undefined) expect(counted.every((reason) => reason === "older")).toBe(true)
            else expect(counted).toEqual([dropped])
          }
          const later = NOW_MS + 10_000
          books.take(JSON.stringify([book(up, String(NOW_MS), wired(bids), wired(asks))]), later)
          expect(books.book(up, later)).toMatchObject({ bids: bids.toReversed(), asks, eventTimeMs: NOW_MS })
          expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
        }
      ),
      { numRuns: RUNS }
    )
  })

  it("a frame of 10 MB is not even parsed", () => {
    const drops: Array<DropReason> = []
    const books = new MarketBooks({ dropped: (reason) => void drops.push(reason), took: () => undefined })
    expect(books.take(`["${"x".repeat(10_000_000)}"]`, NOW_MS)).toBe(false)
    expect(drops).toEqual(["too-large"])
  })

  it("more than one bad event in a hundred – no book is given until five seconds without any have passed", () => {
    const books = new MarketBooks({ dropped: () => undefined, took: () => undefined })
    books.follow(new Set([up]))
    const snapshot = JSON.stringify(
      book(up, String(NOW_MS - 1), [{ price: "0.4", size: "1" }], [{ price: "0.6", size: "1" }])
    )
    for (let sent = 0; sent < 200; sent += 1) books.take(snapshot, NOW_MS)
    books.take("{", NOW_MS)
    books.take("{", NOW_MS)
    expect(books.isHealthy(NOW_MS)).toBe(true)
    books.take("{", NOW_MS)
    expect(books.book(up, NOW_MS)).toBeUndefined()
    expect(books.isHealthy(NOW_MS + 4_000)).toBe(false)
    expect(books.book(up, NOW_MS + 5_000)).toBeDefined()
  })

  it("a book that stays crossed for more than two seconds is not given, and is to be read anew", () => {
    const books = new MarketBooks({ dropped: () => undefined, took: () => undefined })
    books.follow(new Set([up]))
    books.take(
      JSON.stringify(
        book(up, String(NOW_MS - 9), [{ price: "0.4", size: "1" }], [{ price: "0.6", size: "1" }])
      ),
      NOW_MS
    )
    books.take(JSON.stringify(change(up, String(NOW_MS), { price: "0.7" })), NOW_MS)
    expect(books.inNeed(NOW_MS + 2_000)).toEqual([])
    expect(books.book(up, NOW_MS + 2_001)).toBeUndefined()
    expect(books.inNeed(NOW_MS + 2_001)).toEqual([up])
    books.take(JSON.stringify(change(up, String(NOW_MS + 1), { price: "0.7", size: "0" })), NOW_MS + 2_002)
    expect(books.book(up, NOW_MS + 2_002)?.bids).toHaveLength(1)
  })

  it("a tick that changes – the book is forgotten until a snapshot comes that is no older, and tells the tick", () => {
    const drops: Array<DropReason> = []
    const books = new MarketBooks({ dropped: (reason) => void drops.push(reason), took: () => undefined })
    books.follow(new Set([up]))
    const snapshot = (stampMs: number, price: string, more: object = {}) =>
      books.take(
        JSON.stringify({ ...book(up, String(stampMs), [{ price, size: "1" }], []), ...more }),
        NOW_MS
      )
    const retick = (stampMs: number) =>
      books.take(
        JSON.stringify({
          event_type: "tick_size_change",
          asset_id: up,
          old_tick_size: "0.01",
          new_tick_size: "0.001",
          timestamp: String(stampMs)
        }),
        NOW_MS
      )
    const told = () => {
      const read = books.book(up, NOW_MS)
      return read && [read.tickSizeTicks, read.bids.map(({ priceTicks: price }) => price)]
    }
    // So that the bad ones below are few.
    for (let sent = 0; sent < 300; sent += 1) snapshot(NOW_MS - 10, "0.4", { tick_size: "0.01" })
    expect(told()).toEqual([100, [4_000]])
    retick(NOW_MS - 11)
    retick(NOW_MS + 3_600_000)
    expect(drops).toEqual(["older", "ahead"])
    expect(told()).toEqual([100, [4_000]])
    retick(NOW_MS)
    expect(told()).toBeUndefined()
    expect(books.inNeed(NOW_MS)).toEqual([up])
    snapshot(NOW_MS - 1, "0.4", { tick_size: "0.01" })
    expect(told()).toBeUndefined()
    snapshot(NOW_MS, "0.961")
    expect(told()).toEqual([10, [9_610]])
    books.forgetAll()
    snapshot(NOW_MS + 1, "0.962")
    expect(told()).toEqual([undefined, [9_620]])
    snapshot(NOW_MS + 2, "0.962", { tick_size: "0.02.1" })
    expect(drops.at(-1)).toBe("bad-field")
  })
})
