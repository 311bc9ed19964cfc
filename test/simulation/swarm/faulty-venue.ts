/** The venue on a bad day: between the daemon's client and the venue's raw answers. */
import { Clock, Effect } from "effect"
import type { Book } from "../../../src/domain/book.ts"
import type { TokenId } from "../../../src/domain/window.ts"
import { type AccountUpdate, ExchangeError, type ExchangeReason } from "../../../src/ports/exchange.ts"
import { SpotError, type SpotSource } from "../../../src/ports/spot.ts"
import type { Venue, VenuePlace } from "../../../src/ports/venue.ts"
import type { Ground } from "./ground.ts"
import type { Life } from "./life.ts"
import type { Fault } from "./weather.ts"

/** An order may reach the venue so much later than it was sent. */
const LATEST_ORDER_MS = 30_000
const LATEST_NEWS_MS = 20_000
const SLOWEST_MS = 4_000
const LONGEST_RETRY_AFTER_MS = 3_000
/** Books of an instrument that may come again. */
const REMEMBERED_BOOKS = 8

const failure = (operation: string, reason: ExchangeReason) =>
  Effect.fail(
    new ExchangeError({ module: "polymarket", operation, reason, message: `simulated: ${reason._tag}` })
  )

type Ask = <A>(operation: string, request: Effect.Effect<A, ExchangeError>) => Effect.Effect<A, ExchangeError>

/** At most one thing goes wrong with a request. */
const fateOf = (life: Life, kinds: ReadonlyArray<Fault>): Fault | undefined =>
  kinds.find((kind) => life.history.weather.strikes(kind))

const pause = (life: Life, mostMs: number) =>
  Effect.suspend(() => Effect.sleep(life.history.weather.chance.between(50, mostMs)))

/** What can befall every request; what is asked for may happen although the answer is lost. */
const befall =
  (life: Life): Ask =>
  (operation, request) =>
    Effect.suspend(() => {
      const { chance } = life.history.weather
      const retryAfterMs = () => chance.between(1, LONGEST_RETRY_AFTER_MS)
      switch (
        fateOf(life, [
          "venue-unavailable",
          "venue-hang",
          "venue-slow",
          "venue-undecodable",
          "answer-lost",
          "rate-limited",
          "maintenance"
        ])
      ) {
        case "venue-unavailable":
          return failure(operation, { _tag: "Unavailable" })
        case "venue-hang":
          return Effect.never
        case "venue-slow":
          return chance.hit(0.5)
            ? Effect.zipRight(pause(life, SLOWEST_MS), request)
            : Effect.zipLeft(request, pause(life, SLOWEST_MS))
        case "venue-undecodable":
          return Effect.zipRight(request, failure(operation, { _tag: "Undecodable" }))
        case "answer-lost":
          return Effect.zipRight(
            request,
            chance.hit(0.5) ? failure(operation, { _tag: "Unavailable" }) : Effect.never
          )
        case "rate-limited":
          return failure(operation, { _tag: "RateLimited", retryAfterMs: retryAfterMs() })
        case "maintenance":
          return failure(operation, { _tag: "Maintenance", retryAfterMs: retryAfterMs() })
        default:
          return request
      }
    })

/** Dead before the request, or after it and before its answer is taken in. */
const deadly =
  (life: Life): Ask =>
  (_, request) =>
    life.mayDie.pipe(Effect.zipRight(request), Effect.zipLeft(life.mayDie))

const placing = (life: Life, ground: Ground, ask: Ask) => (order: VenuePlace, signed: string) =>
  Effect.suspend(() => {
    const { chance, weather, witness } = { ...life.history, chance: life.history.weather.chance }
    witness.atVenue(order)
    if (weather.strikes("order-refused")) return failure("place", { _tag: "Refused" })
    if (!weather.strikes("order-late")) return ask("place", ground.venue.place(order, signed))
    const late = Effect.delay(ground.venue.place(order, signed), chance.between(100, LATEST_ORDER_MS))
    return Effect.zipRight(
      ground.fork(late),
      chance.hit(0.5) ? failure("place", { _tag: "Unavailable" }) : Effect.never
    )
  })

const crossed = (book: Book): Book => ({ ...book, bids: book.asks, asks: book.bids })

/** Notes what the daemon is given, and since when it says this. */
const given = (life: Life, book: Book): Book => {
  const last = life.books.get(book.tokenId)
  const isNews =
    last === undefined ||
    book.eventTimeMs > last.book.eventTimeMs ||
    (book.eventTimeMs === last.book.eventTimeMs &&
      JSON.stringify([book.bids, book.asks]) !== JSON.stringify([last.book.bids, last.book.asks]))
  if (isNews) life.books.set(book.tokenId, { book, sinceMs: life.history.nowMs() })
  return book
}

const giving = (life: Life, ground: Ground, ask: Ask) => {
  const before = new Map<TokenId, ReadonlyArray<Book>>()
  return (tokenId: TokenId) =>
    Effect.suspend(() => {
      const { chance } = life.history.weather
      const seen = before.get(tokenId) ?? []
      const last = life.books.get(tokenId)?.book
      const truly = Effect.map(ask("book", ground.venue.book(tokenId)), (book) => {
        if (book !== undefined) before.set(tokenId, [...seen, book].slice(-REMEMBERED_BOOKS))
        return book
      })
      const fate = fateOf(life, ["book-frozen", "book-missing", "book-crossed", "book-old"])
      if (fate === "book-missing") return Effect.succeed(undefined)
      if (fate === "book-frozen" && last !== undefined) return Effect.succeed(last)
      if (fate === "book-old" && seen.length > 0) return Effect.succeed(given(life, chance.pick(seen)))
      return Effect.map(truly, (book) =>
        book === undefined ? undefined : given(life, fate === "book-crossed" ? crossed(book) : book)
      )
    })
}

/** News that are lost, come twice, come later, or come in another order. */
const mangled = (life: Life, fresh: ReadonlyArray<AccountUpdate>): ReadonlyArray<AccountUpdate> => {
  const { nowMs, weather } = life.history
  const { chance } = weather
  const kept = fresh.filter(() => !weather.strikes("news-lost"))
  const repeated = kept.flatMap((update) => (weather.strikes("news-repeated") ? [update, update] : [update]))
  const due = life.lateNews.filter(({ atMs }) => atMs <= nowMs() || weather.healed)
  life.lateNews = life.lateNews.filter((late) => !due.includes(late))
  const inTime = repeated.filter((update) => {
    if (!weather.strikes("news-late")) return true
    const late = { atMs: nowMs() + chance.between(1, LATEST_NEWS_MS), update }
    life.lateNews = [...life.lateNews, late]
    return false
  })
  const coming = [...due.map(({ update }) => update), ...inTime]
  return coming.length > 1 && weather.strikes("news-reordered") ? chance.shuffled(coming) : coming
}

/** The venue as this life of the daemon meets it. */
export const faultyVenue = (life: Life, ground: Ground): typeof Venue.Service => {
  const { venue } = ground
  const befalling = befall(life)
  const dying = deadly(life)
  const ask: Ask = (operation, request) => dying(operation, befalling(operation, request))
  const place = placing(life, ground, befalling)
  return {
    account: venue.account,
    orderAccount: venue.orderAccount,
    follow: (windows) => ask("follow", venue.follow(windows)),
    beat: venue.beat,
    market: (slug) => ask("market", venue.market(slug)),
    priceToBeat: (slug) => ask("priceToBeat", venue.priceToBeat(slug)),
    resolution: (slug) => ask("resolution", venue.resolution(slug)),
    book: giving(life, ground, befalling),
    sign: venue.sign,
    place: (order, signed) => dying("place", place(order, signed)),
    cancel: (orderIds) => ask("cancel", venue.cancel(orderIds)),
    takeUpdates: Effect.map(venue.takeUpdates, (updates) => mangled(life, updates)),
    newsStreams: venue.newsStreams,
    order: (orderId) => ask("order", venue.order(orderId)),
    openOrders: ask("openOrders", venue.openOrders),
    trades: (conditionId) => ask("trades", venue.trades(conditionId)),
    cashMicroUsd: ask("cash", venue.cashMicroUsd),
    balances: ask("balances", venue.balances)
  }
}

/** Prices that fail to come, come twice, or come in another order. */
export const faultySpot = (life: Life, { spot }: Ground): typeof SpotSource.Service => ({
  assets: spot.assets,
  takeTicks: Effect.gen(function* () {
    const { chance, weather } = { weather: life.history.weather, chance: life.history.weather.chance }
    if (weather.strikes("spot-error")) {
      return yield* new SpotError({
        module: "spot",
        operation: "takeTicks",
        reason: "Unavailable",
        message: "simulated: no prices"
      })
    }
    const ticks = yield* spot.takeTicks
    if (ticks.length === 0 || weather.strikes("spot-silent")) return []
    const daemonMs = yield* Clock.currentTimeMillis
    const { maxAheadMs } = life.history.config.spot
    for (const { observedAtMs } of ticks) {
      // What its own clock takes for the future, the daemon does not take at all.
      if (observedAtMs > daemonMs + maxAheadMs) continue
      life.newestSpotMs = Math.max(life.newestSpotMs, observedAtMs)
    }
    const repeated = weather.strikes("spot-repeated") ? [...ticks, ...ticks] : ticks
    return weather.strikes("spot-reordered") ? chance.shuffled(repeated) : repeated
  })
})
