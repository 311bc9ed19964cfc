/** The venue's own frames, as others recorded them. They lie beside the project and are never part of it. */
import { describe, expect, it } from "@effect/vitest"
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { Schema } from "effect"
import { TokenId } from "../../../../src/domain/window.ts"
import { scanChanges } from "../../../../src/modules/polymarket/streams/change-scan.ts"
import { readMarketFrame } from "../../../../src/modules/polymarket/streams/market-frame.ts"
import { type DropReason, MarketBooks } from "../../../../src/modules/polymarket/streams/market-books.ts"

const data = new URL("../../../../../shared/data/", import.meta.url)
const lines = (path: string): ReadonlyArray<string> =>
  gunzipSync(readFileSync(new URL(path, data)))
    .toString("utf8")
    .trim()
    .split("\n")

const tally = (kinds: Iterable<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const Burst = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ payload: Schema.Unknown })))
/** The frame inside a line `{"recv_ms":…,"msg":…}`, as text. */
const messageOf = (line: string): string => line.slice(line.indexOf('"msg":') + 6, line.lastIndexOf("}"))
const Session = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({ source: Schema.String, recv_wall_ts: Schema.Number, payload: Schema.String })
  )
)

const burst = "local-only/alihakan/market-ws_20260421T2153.jsonl.gz"
const depth = "cronosvirus00-ccby/l2/"
const sessions = "local-only/jonahgrigoryan/"
const at = (path: string) => existsSync(new URL(path, data))

describe.skipIf(!at(burst))("5,544 frames of 11 seconds (skipped where ../shared/data is absent)", () => {
  const frames = () => lines(burst).map((line) => JSON.stringify(Burst(line).payload))

  it("all of them decode, and so many of each kind", () => {
    expect(tally(frames().flatMap((frame) => readMarketFrame(frame).map(({ kind }) => kind)))).toEqual({
      price_change: 5_185,
      book: 144,
      best_bid_ask: 144,
      last_trade_price: 71
    })
  })

  it("price changes – all of them are in the form that the quick reader reads, and it reads the same", () => {
    const told = frames().filter((frame) => frame.endsWith('"event_type":"price_change"}'))
    expect(told.length).toBe(5_185)
    for (const frame of told) {
      const otherwise = readMarketFrame(JSON.stringify(JSON.parse(frame), null, 1))
      expect([{ kind: "price_change", ...scanChanges(frame) }]).toEqual(otherwise)
    }
  })

  it("the books they make have the best prices that the venue tells with every change", () => {
    const drops: Array<DropReason> = []
    const books = new MarketBooks({ dropped: (reason) => void drops.push(reason), took: () => undefined })
    const events = frames().map((frame) => ({ frame, events: readMarketFrame(frame) }))
    const tokens = new Set(
      events.flatMap(({ events: read }) =>
        read.flatMap((event) => (event.kind === "book" ? [TokenId.make(event.tokenId)] : []))
      )
    )
    books.follow(tokens)
    let agreed = 0
    let told = 0
    for (const { events: read, frame } of events) {
      for (const event of read) {
        if (event.kind !== "price_change")
          books.take(frame, event.kind === "book" ? event.stampMs : 1_776_808_425_000)
        else {
          books.take(frame, event.stampMs)
          for (const change of event.changes) {
            const book = books.book(TokenId.make(change.tokenId), event.stampMs)
            if (book === undefined) continue
            told += 1
            const bid = book.bids[0]?.priceTicks ?? 0
            const ask = book.asks[0]?.priceTicks ?? 10_000
            if (bid === change.bestBidTicks && ask === change.bestAskTicks) agreed += 1
          }
        }
      }
    }
    expect(told).toBeGreaterThan(10_000)
    expect(told - agreed, `of ${told}`).toBeLessThanOrEqual(told / 1_000)
    expect(new Set(drops)).toEqual(new Set(["older"]))
  })
})

describe.skipIf(!at(depth))("88,385 books at full depth (skipped where ../shared/data is absent)", () => {
  it("all of them decode as books", () => {
    const files = readdirSync(new URL(depth, data)).filter((name) => name.endsWith(".jsonl.gz"))
    const kinds = files.flatMap((name) =>
      lines(`${depth}${name}`).flatMap((line) => readMarketFrame(messageOf(line)).map(({ kind }) => kind))
    )
    expect({ files: files.length, ...tally(kinds) }).toEqual({ files: 24, book: 88_385 })
  })
})

describe.skipIf(!at(sessions))(
  "raw sessions of several sources (skipped where ../shared/data is absent)",
  () => {
    const frames = (source: string) =>
      readdirSync(new URL(sessions, data))
        .flatMap((name) => lines(`${sessions}${name}/raw_messages.jsonl.gz`))
        .map((line) => Session(line))
        .filter((message) => message.source === source)
        .map(({ payload }) => payload)

    it("market channel – all frames decode", () => {
      const events = frames("polymarket_clob").flatMap(readMarketFrame)
      expect(
        tally(
          events.map((event) => (event.kind === "bad" ? `bad: ${event.reason} ${event.message}` : event.kind))
        )
      ).toEqual({
        book: 744,
        new_market: 38,
        price_change: 67
      })
    })
  }
)
