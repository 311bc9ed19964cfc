import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import {
  type Book,
  type BookDefect,
  bestAsk,
  bestBid,
  bookDefect,
  mirrorBook
} from "../../src/domain/book.ts"
import { microShares, priceTicks } from "../../src/domain/money.ts"
import { TokenId } from "../../src/domain/window.ts"

const up = TokenId.make("1")
const down = TokenId.make("2")
const level = fc.record({
  priceTicks: fc.nat(10_000).map(priceTicks),
  sizeMicroShares: fc.nat(10 ** 9).map(microShares)
})
const book: fc.Arbitrary<Book> = fc.record({
  tokenId: fc.constant(up),
  bids: fc.array(level, { maxLength: 4 }),
  asks: fc.array(level, { maxLength: 4 }),
  eventTimeMs: fc.nat(),
  receivedAtMs: fc.nat()
})
const at = (ticks: number, micros = 5_000_000) => ({
  priceTicks: priceTicks(ticks),
  sizeMicroShares: microShares(micros)
})
const of = (bids: Book["bids"], asks: Book["asks"]): Book => ({
  tokenId: up,
  bids,
  asks,
  eventTimeMs: 1_000,
  receivedAtMs: 1_000
})

describe("mirrorBook", () => {
  it.prop("twice – the same book", [book], ([b]) => {
    expect(mirrorBook(mirrorBook(b, down), up)).toStrictEqual(b)
  })

  it.prop("best stays best, and prices of both tokens add to a dollar", [book], ([b]) => {
    const mirror = mirrorBook(b, down)
    expect(mirror.tokenId).toBe(down)
    const [bid, mirrorAsk] = [bestBid(b), bestAsk(mirror)]
    expect(mirrorAsk?.sizeMicroShares).toBe(bid?.sizeMicroShares)
    if (bid !== undefined) expect(bid.priceTicks + (mirrorAsk?.priceTicks ?? 0)).toBe(10_000)
  })
})

describe("bookDefect", () => {
  it.each<[string, Book | undefined, number, BookDefect | undefined]>([
    ["none at all", undefined, 1_000, "missing"],
    ["both sides empty", of([], []), 1_000, "no-bids"],
    ["no asks", of([at(5_000)], []), 1_000, "no-asks"],
    ["a bid at nothing", of([at(0)], [at(5_100)]), 1_000, "no-bids"],
    ["a bid of nothing", of([at(5_000, 0)], [at(5_100)]), 1_000, "no-bids"],
    ["an ask at a dollar", of([at(5_000)], [at(10_000)]), 1_000, "no-asks"],
    ["an ask at nothing", of([at(5_000)], [at(0)]), 1_000, "crossed"],
    ["locked", of([at(5_000)], [at(5_000)]), 1_000, "crossed"],
    ["crossed", of([at(5_100)], [at(5_000)]), 1_000, "crossed"],
    ["as old as allowed", of([at(5_000)], [at(5_100)]), 3_000, undefined],
    ["older than allowed", of([at(5_000)], [at(5_100)]), 3_001, "stale"],
    ["no time known", of([at(5_000)], [at(5_100)]), Number.NaN, "stale"]
  ])("%s", (_, given, nowMs, defect) => {
    expect(bookDefect(given, nowMs, 2_000)).toBe(defect)
  })

  it.prop("a book without defect – has two sides in order and is fresh", [book, fc.nat()], ([b, nowMs]) => {
    fc.pre(bookDefect(b, nowMs, 1_000) === undefined)
    const [bid, ask] = [bestBid(b)?.priceTicks ?? -1, bestAsk(b)?.priceTicks ?? -1]
    expect(0 < bid && bid < ask && ask < 10_000).toBe(true)
    expect(nowMs - b.receivedAtMs).toBeLessThanOrEqual(1_000)
  })

  it.prop("a defect of one token – a defect of the other", [book, fc.nat()], ([b, nowMs]) => {
    const defect = bookDefect(b, nowMs, 1_000)
    const other = bookDefect(mirrorBook(b, down), nowMs, 1_000)
    expect(other === undefined).toBe(defect === undefined)
  })
})
