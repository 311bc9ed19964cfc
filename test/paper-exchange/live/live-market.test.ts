/** The embedded exchange in a live market: the same windows, books, prices and outcomes as the venue's, and orders of its own. */
import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { microShares, priceTicks } from "../../../src/domain/money.ts"
import type { World as ExchangeWorld } from "../../../src/paper-exchange/world/world.ts"
import { clientOf, settingsFor } from "../../modules/polymarket/client/venue.ts"
import { START_MS, type World, inWorld, marketAt, place } from "../protocol/exchange.ts"
import { ACCOUNT, both, paperOn } from "./fixture.ts"

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

type Levels = ReadonlyArray<{ readonly priceTicks: number; readonly sizeMicroShares: number }>
const plain = (levels: Levels = []) => levels.map((level) => [level.priceTicks, level.sizeMicroShares])

const bookOf = (world: ExchangeWorld, startMs: number) => {
  const market = [...world.markets.values()].find(
    (each) => each.asset === "BTC" && each.interval === "5m" && each.startMs === startMs
  )
  const book = market && world.engine.book(market.upTokenId)
  return { bids: plain(book?.bids), asks: plain(book?.asks) }
}

/** A bid that rests. */
const BID = {
  asset: "BTC" as const,
  outcome: "Up" as const,
  side: "BUY" as const,
  orderType: "GTC" as const,
  priceTicks: priceTicks(100),
  sizeMicroShares: microShares(5_000_000),
  postOnly: false,
  expiresAtMs: null,
  purpose: "entry" as const,
  reason: "test",
  createdAtMs: START_MS
}

/** Lets both go on. */
const goOn = (venue: World, paper: Effect.Effect.Success<ReturnType<typeof paperOn>>, ms: number) =>
  Effect.zipRight(
    venue.pass(ms),
    paper.keeper.now(() => undefined)
  )

describe("the exchange in a live market", () => {
  it("an hour – it has the venue's windows, books, prices to beat and outcomes", () =>
    inWorld((venue) =>
      Effect.gen(function* () {
        const { paper, told } = yield* both(venue)
        const [theirs, ours] = [venue.keeper.world, paper.keeper.world]
        let compared = 0
        for (let passed = 0; passed < HOUR_MS; passed += 20_137) {
          yield* goOn(venue, paper, 20_137)
          for (const { asset, interval, slug, startMs } of theirs.markets.values()) {
            if (asset !== "BTC" || interval !== "5m" || !ours.markets.has(slug)) continue
            const [there, here] = [bookOf(theirs, startMs), bookOf(ours, startMs)]
            expect(here, `${slug} at ${passed}`).toEqual(there)
            compared += there.bids.length + there.asks.length
          }
        }
        expect(compared).toBeGreaterThan(1_000)
        const listed = [...ours.markets.values()]
        const over = listed.filter(({ endMs }) => endMs < START_MS + HOUR_MS - 3 * MINUTE_MS)
        expect(over.length).toBeGreaterThanOrEqual(10)
        for (const { conditionId, slug, startMs } of over) {
          expect(ours.resolutions.get(slug)?.outcome, slug).toBeDefined()
          expect(ours.resolutions.get(slug)?.outcome, slug).toBe(theirs.resolutions.get(slug)?.outcome)
          // Of the first window the stream began too late to tell it; the venue tells it when the window is over.
          expect(ours.pricesToBeat.get(conditionId), `${slug} of ${startMs}`).toBe(
            theirs.pricesToBeat.get(conditionId)
          )
        }
        const spotOf = (world: ExchangeWorld) =>
          world.spotHistory.filter(({ asset }) => asset === "BTC").slice(-60)
        expect(spotOf(ours)).toEqual(spotOf(theirs))
        expect(told).toEqual([])
      })
    ))

  it("orders – trade with the venue's book and its takers, and the venue hears of none", () =>
    inWorld((venue) =>
      Effect.gen(function* () {
        const { paper } = yield* both(venue)
        yield* goOn(venue, paper, 30_000)
        const market = marketAt(paper.keeper)
        const { engine } = paper.keeper.world
        const [[bestAsk = 0, askSize = 0] = []] = bookOf(paper.keeper.world, START_MS).asks
        expect(askSize).toBeGreaterThan(5_000_000)
        const taken = yield* Effect.fork(
          place(paper.keeper, market, market.upTokenId, bestAsk / 100, 5, { account: ACCOUNT })
        )
        yield* goOn(venue, paper, 1_000)
        const taker = engine.order(ACCOUNT, yield* Fiber.join(taken))
        expect(taker?.status).toBe("matched")

        // Resting where the venue's takers come by: they fill it in their turn.
        let makerFills = 0
        for (let turn = 0; turn < 40 && makerFills === 0; turn += 1) {
          const [[bestBid = 0] = []] = bookOf(venue.keeper.world, START_MS).bids
          const resting = yield* Effect.fork(
            place(paper.keeper, market, market.upTokenId, bestBid / 100, 5, { account: ACCOUNT })
          )
          yield* goOn(venue, paper, 5_000)
          const orderId = yield* Fiber.join(resting)
          makerFills = engine
            .trades(ACCOUNT, market.conditionId)
            .filter((trade) => trade.role === "maker").length
          yield* paper.keeper.cancel(ACCOUNT, [orderId])
        }
        expect(makerFills).toBeGreaterThan(0)
        expect(venue.keeper.world.engine.trades(ACCOUNT, market.conditionId)).toEqual([])
        expect(venue.keeper.world.engine.openOrders(ACCOUNT)).toEqual([])
      })
    ))

  it("what an order took – is not there again because the venue, which knows nothing of it, still shows it", () =>
    inWorld((venue) =>
      Effect.gen(function* () {
        const { paper } = yield* both(venue)
        yield* goOn(venue, paper, 30_000)
        const market = marketAt(paper.keeper)
        const { asks } = bookOf(paper.keeper.world, START_MS)
        const [[bestAsk = 0, shown = 0] = []] = asks
        const taken = yield* Effect.fork(
          place(paper.keeper, market, market.upTokenId, bestAsk / 100, shown / 1_000_000, {
            account: ACCOUNT
          })
        )
        yield* goOn(venue, paper, 500)
        yield* Fiber.join(taken)
        const there = bookOf(venue.keeper.world, START_MS).asks.find(([price]) => price === bestAsk)?.[1] ?? 0
        const here = bookOf(paper.keeper.world, START_MS).asks.find(([price]) => price === bestAsk)?.[1] ?? 0
        expect(there).toBeGreaterThan(0)
        expect(here).toBeLessThan(there)
      })
    ))

  it("the venue's market channel away – no orders are taken, until its books are sure again", () =>
    inWorld((venue) =>
      Effect.gen(function* () {
        const { paper } = yield* both(venue, [
          { kind: "closed-socket", atMs: 60_000, forMs: 30_000, channels: ["/ws/market"] }
        ])
        yield* goOn(venue, paper, 20_000)
        const client = yield* clientOf(paper.server)
        const { exchange } = client
        const window = yield* exchange.findWindow("BTC", "5m", START_MS)
        if (window === undefined) return yield* Effect.dieMessage("no window")
        yield* exchange.follow([window])
        const outcomes: Array<readonly [number, string]> = []
        for (let atMs = 20_000; atMs < 150_000; atMs += 5_000) {
          const bid = {
            ...BID,
            slug: window.slug,
            conditionId: window.conditionId,
            tokenId: window.upTokenId
          }
          const sent = yield* Effect.fork(
            Effect.flatMap(exchange.identify(bid), (known) => exchange.place(bid, known))
          )
          yield* goOn(venue, paper, 5_000)
          const outcome = yield* Fiber.join(sent)
          outcomes.push([atMs, "reason" in outcome ? outcome.reason : outcome._tag])
        }
        const between = (fromMs: number, untilMs: number) =>
          new Set(outcomes.filter(([atMs]) => fromMs <= atMs && atMs < untilMs).map(([, told]) => told))
        expect(between(0, 60_000)).toEqual(new Set(["Accepted"]))
        const away = [...between(60_000, 90_000)]
        expect(away.length).toBeGreaterThan(0)
        expect(away.filter((told) => !/service not ready|in maintenance/.test(told))).toEqual([])
        expect(between(120_000, 150_000)).toEqual(new Set(["Accepted"]))
        // Off the grid of the market's steps, where both have heard all there is.
        yield* goOn(venue, paper, 137)
        expect(bookOf(paper.keeper.world, START_MS).asks).toEqual(bookOf(venue.keeper.world, START_MS).asks)
      })
    ))

  it("a price stream with gaps – a client is told the averages of the settlement source, and none made of the prices that came", () =>
    inWorld((venue) =>
      Effect.gen(function* () {
        const { paper } = yield* both(venue, [{ kind: "drop-events", p: 0.3, channels: ["/rtds"] }])
        yield* goOn(venue, paper, 4 * MINUTE_MS)
        const client = yield* clientOf(
          paper.server,
          settingsFor({
            priceFeed: "rtds",
            addresses: { ...settingsFor().addresses, priceSocket: "ws://embedded.exchange/rtds" }
          })
        )
        let known = 0
        for (let startMs = START_MS + 5 * MINUTE_MS; startMs < START_MS + HOUR_MS; startMs += 5 * MINUTE_MS) {
          yield* goOn(venue, paper, startMs + 30_000 - venue.keeper.world.nowMs)
          const window = yield* client.exchange.findWindow("BTC", "5m", startMs)
          if (window === undefined) return yield* Effect.dieMessage("no window")
          const price = yield* client.exchange.priceToBeat(window)
          if (price === undefined) continue
          known += 1
          expect(price, window.slug).toBe(venue.keeper.world.pricesToBeat.get(window.conditionId))
        }
        // Seven averages of ten come through.
        expect(known).toBeGreaterThan(3)
        expect(known).toBeLessThan(11)
      })
    ))

  it("killed at any moment – what an account was told is there after the start, and windows end on time", () =>
    inWorld((venue) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const killed = yield* Scope.make()
        const { feed, folder, paper } = yield* both(venue).pipe(Scope.extend(killed))
        yield* goOn(venue, paper, 30_000)
        const market = marketAt(paper.keeper)
        const { engine } = paper.keeper.world
        const [[bestAsk = 0] = []] = bookOf(paper.keeper.world, START_MS).asks
        const taken = yield* Effect.fork(
          place(paper.keeper, market, market.upTokenId, bestAsk / 100, 6, { account: ACCOUNT })
        )
        yield* goOn(venue, paper, 1_000)
        yield* Fiber.join(taken)
        const resting = yield* Effect.fork(
          place(paper.keeper, market, market.upTokenId, 1, 7, { account: ACCOUNT })
        )
        yield* goOn(venue, paper, 20_000)
        const restingId = yield* Fiber.join(resting)
        const before = {
          cash: engine.cash(ACCOUNT),
          trades: engine.trades(ACCOUNT, market.conditionId),
          balances: engine.balances(ACCOUNT),
          open: engine.openOrders(ACCOUNT)
        }
        expect(before.trades).not.toEqual([])
        expect(before.open.map(({ orderId }) => orderId)).toEqual([restingId])

        // What is on disk at this moment is what a kill leaves; the window ends while nobody is there.
        const copy = yield* fs.makeTempDirectoryScoped({ prefix: "tradewind-test-" })
        for (const name of yield* fs.readDirectory(folder))
          yield* fs.copyFile(`${folder}/${name}`, `${copy}/${name}`)
        yield* Scope.close(killed, Exit.void)
        yield* venue.pass(8 * MINUTE_MS)
        const again = yield* paperOn(feed, venue.keeper.world.nowMs, copy)
        const { engine: after } = again.keeper.world
        expect(after.trades(ACCOUNT, market.conditionId)).toEqual(before.trades)
        expect(after.balances(ACCOUNT)).toEqual(before.balances)
        expect(after.cash(ACCOUNT)).toBe(before.cash)
        expect(after.openOrders(ACCOUNT).map(({ orderId }) => orderId)).toEqual([restingId])
        yield* goOn(venue, again, 1_000)
        expect(after.openOrders(ACCOUNT)).toEqual([])
        yield* goOn(venue, again, 10_000)
        const outcome = venue.keeper.world.resolutions.get(market.slug)?.outcome
        expect(outcome).toBeDefined()
        expect(again.keeper.world.resolutions.get(market.slug)?.outcome).toBe(outcome)
        expect(after.cash(ACCOUNT)).toBe(before.cash + (outcome === "Up" ? 6_000_000 : 0))
      })
    ))
})
