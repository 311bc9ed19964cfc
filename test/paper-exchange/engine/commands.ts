/** Random lives of an engine: what can happen to it, generated and carried out. */
import { FastCheck as fc } from "effect"
import { microShares, microUsd, priceTicks } from "../../../src/domain/money.ts"
import type { Side } from "../../../src/domain/order.ts"
import type {
  AccountNews,
  Engine,
  EngineOrder,
  PlaceAnswer,
  TradeFate
} from "../../../src/paper-exchange/engine-types.ts"
import type { VenueMarket } from "../../../src/ports/venue.ts"
import { T0, giveShares, id, listed, marketOf, resolved } from "./support.ts"

export const ACCOUNTS = ["a", "b", "c"]
/** Each account begins with so many shares of every token, and has been given twice as many dollars for them. */
export const SEED_SHARES = 150
/** The usual market with a hold, and one with the finest tick, other fees and no hold. */
export const MARKETS: ReadonlyArray<VenueMarket> = [
  marketOf("one", { takerHoldMs: 150 }),
  marketOf("two", {
    tickSizeTicks: priceTicks(1),
    fees: { rateMicros: 250_000, exponent: 2, takerOnly: true }
  })
]

type RawLevel = readonly [number, number]

export type Command =
  | { readonly _tag: "Deposit"; readonly account: string; readonly amount: number }
  | {
      readonly _tag: "Book"
      readonly market: number
      readonly bids: ReadonlyArray<RawLevel>
      readonly asks: ReadonlyArray<RawLevel>
    }
  | {
      readonly _tag: "Taker"
      readonly market: number
      readonly side: Side
      readonly price: number
      readonly size: number
    }
  | { readonly _tag: "Place"; readonly market: number; readonly account: string; readonly wish: Wish }
  | { readonly _tag: "Cancel"; readonly account: string; readonly order: number }
  | { readonly _tag: "Advance"; readonly byMs: number }
  | { readonly _tag: "Settle"; readonly trade: number; readonly fate: TradeFate }
  | { readonly _tag: "Close"; readonly market: number }
  | { readonly _tag: "Resolve"; readonly market: number; readonly winner: "Up" | "Down" }

interface Wish {
  readonly side: Side
  readonly outcome: "Up" | "Down"
  readonly type: "GTC" | "GTD" | "FOK" | "FAK"
  readonly price: number
  readonly size: number
  readonly postOnly: boolean
  /** Whole cents a FOK or FAK BUY is for, instead of its size. */
  readonly budgetCents: number | undefined
}

const market = fc.nat({ max: MARKETS.length - 1 })
const account = fc.constantFrom(...ACCOUNTS)
const side = fc.constantFrom<Side>("BUY", "SELL")
const outcome = fc.constantFrom<"Up" | "Down">("Up", "Down")
/** Ticks around the middle, mostly whole cents. */
const price = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 46, max: 54 }).map((value) => value * 100) },
  { weight: 1, arbitrary: fc.integer({ min: 4_500, max: 5_500 }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 50, 100, 9_900, 9_999) }
)
const ownSize = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 4, max: 60 }).map((value) => value * 1_000_000) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 6_000 }).map((value) => value * 10_000) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 600_000 }).map((value) => value * 100) },
  { weight: 1, arbitrary: fc.constantFrom(1, 99_999_999, 5_000_000_000) }
)
const externalSize = fc.oneof(
  fc.integer({ min: 1, max: 50 }).map((value) => value * 1_000_000),
  fc.integer({ min: 1, max: 50_000_000 })
)
const sideLevels = (min: number, max: number) =>
  fc.array(
    fc.tuple(
      fc.integer({ min, max }).map((value) => value * 100),
      externalSize
    ),
    { maxLength: 4 }
  )

const wish: fc.Arbitrary<Wish> = fc.record({
  side,
  outcome,
  type: fc.constantFrom("GTC", "GTC", "GTC", "GTD", "FOK", "FAK"),
  price,
  size: ownSize,
  postOnly: fc.integer({ min: 0, max: 5 }).map((value) => value === 0),
  budgetCents: fc.oneof(fc.constant(undefined), fc.integer({ min: 50, max: 4_000 }))
})

export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ _tag: fc.constant("Deposit"), account, amount: fc.nat(50_000_000) }) },
  {
    weight: 14,
    arbitrary: fc.record({
      _tag: fc.constant("Book"),
      market,
      bids: sideLevels(45, 51),
      asks: sideLevels(49, 55)
    })
  },
  {
    weight: 10,
    arbitrary: fc.record({ _tag: fc.constant("Taker"), market, side, price, size: externalSize })
  },
  { weight: 50, arbitrary: fc.record({ _tag: fc.constant("Place"), market, account, wish }) },
  { weight: 8, arbitrary: fc.record({ _tag: fc.constant("Cancel"), account, order: fc.nat(80) }) },
  {
    weight: 20,
    arbitrary: fc.record({
      _tag: fc.constant("Advance"),
      byMs: fc.oneof(fc.nat(400), fc.nat(4_000), fc.constant(130_000))
    })
  },
  {
    weight: 8,
    arbitrary: fc.record({
      _tag: fc.constant("Settle"),
      trade: fc.nat(6),
      fate: fc.constantFrom<TradeFate>("failed", "retrying")
    })
  },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Close"), market }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Resolve"), market, winner: outcome }) }
) as fc.Arbitrary<Command>

export const lives = fc.array(command, { minLength: 20, maxLength: 90, size: "max" })

const levelsOf = (levels: ReadonlyArray<RawLevel>) =>
  levels.map(([ticks, size]) => ({ priceTicks: priceTicks(ticks), sizeMicroShares: microShares(size) }))

/** What a command did, for checkers. */
export interface Step {
  readonly command: Command
  readonly atMs: number
  readonly news: ReadonlyArray<AccountNews>
  readonly placed?: { readonly order: EngineOrder; readonly answer: PlaceAnswer }
}

/** Carries out commands on an engine; it keeps the time and numbers the orders. */
export class Life {
  atMs = T0
  orders = 0
  readonly engine: Engine
  constructor(engine: Engine, from?: Life) {
    this.engine = engine
    if (from !== undefined) {
      this.atMs = from.atMs
      this.orders = from.orders
      return
    }
    for (const item of MARKETS) {
      engine.market(listed(item))
      for (const name of ACCOUNTS) this.atMs = giveShares(engine, item, name, SEED_SHARES, this.atMs)
    }
  }

  private orderOf(item: VenueMarket, wanted: Wish): EngineOrder {
    this.orders += 1
    const isForDollars = wanted.side === "BUY" && (wanted.type === "FOK" || wanted.type === "FAK")
    return {
      ...(isForDollars && wanted.budgetCents !== undefined
        ? { budgetMicroUsd: microUsd(wanted.budgetCents * 10_000) }
        : {}),
      orderId: id(this.orders),
      conditionId: item.conditionId,
      tokenId: wanted.outcome === "Up" ? item.upTokenId : item.downTokenId,
      side: wanted.side,
      orderType: wanted.type,
      priceTicks: priceTicks(wanted.price),
      sizeMicroShares: microShares(wanted.size),
      postOnly: wanted.postOnly,
      expiresAtMs: wanted.type === "GTD" ? this.atMs + 180_000 : null
    }
  }

  run(item: Command): Step {
    const step = { command: item, atMs: this.atMs }
    const { engine, atMs } = this
    if (item._tag === "Deposit") {
      engine.deposit(item.account, microUsd(item.amount), atMs)
      return { ...step, news: [] }
    }
    if (item._tag === "Advance") {
      this.atMs += item.byMs
      return { ...step, atMs: this.atMs, news: engine.advance(this.atMs) }
    }
    if (item._tag === "Settle") {
      // Ids count on, so the last are the newest: those that may not be settled yet.
      const trades = [...engine.state.markets.values()].flatMap((record) => [...record.trades.keys()])
      const tradeId = trades.toSorted().at(-1 - item.trade) ?? "none"
      return { ...step, news: engine.settle(tradeId, item.fate, atMs) }
    }
    if (item._tag === "Cancel") {
      return { ...step, news: engine.cancel(item.account, [id(item.order)], atMs).news }
    }
    const target = MARKETS[item.market] ?? marketOf("none")
    const { conditionId } = target
    switch (item._tag) {
      case "Book": {
        const [bids, asks] = [levelsOf(item.bids), levelsOf(item.asks)]
        return { ...step, news: engine.market({ _tag: "Book", atMs, conditionId, bids, asks }) }
      }
      case "Taker": {
        const [ticks, sizeMicroShares] = [priceTicks(item.price), microShares(item.size)]
        return {
          ...step,
          news: engine.market({
            _tag: "Taker",
            atMs,
            conditionId,
            side: item.side,
            priceTicks: ticks,
            sizeMicroShares
          })
        }
      }
      case "Close":
        return { ...step, news: engine.market({ _tag: "Closed", atMs, conditionId }) }
      case "Place": {
        const order = this.orderOf(target, item.wish)
        const { answer, news } = engine.place(item.account, order, atMs)
        return { ...step, news, placed: { order, answer } }
      }
      case "Resolve":
        return { ...step, news: engine.market(resolved(target, item.winner, atMs)) }
    }
  }
}
