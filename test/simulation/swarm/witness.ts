/** Sees what the daemon sends and writes, over all its lives, and says what of it must not be. */
import { Clock, Effect } from "effect"
import { createHash } from "node:crypto"
import { takerFee } from "../../../src/domain/fees.ts"
import type { Limits } from "../../../src/domain/limits.ts"
import { notionalUsd } from "../../../src/domain/money.ts"
import {
  type Fill,
  type Intent,
  type Order,
  type OrderId,
  type OrderStatus,
  fillKey
} from "../../../src/domain/order.ts"
import type { Resolution, Window, WindowSlug } from "../../../src/domain/window.ts"
import type { PlaceOutcome } from "../../../src/ports/exchange.ts"
import type { VenuePlace } from "../../../src/ports/venue.ts"
import { entryFaults } from "./entry-checks.ts"
import type { Life } from "./life.ts"

/** A decision is sent within so long, or it is another world that it meets. */
const FRESH_DECISION_MS = 6_000
const MAX_PROBLEMS = 20

/** What may follow on what. Late facts may wake an order that counted as refused or over, but nothing makes it unsent. */
const MAY_BECOME: Readonly<Record<OrderStatus, ReadonlyArray<OrderStatus>>> = {
  pending: ["unknown", "live", "filled", "cancelled", "expired", "refused"],
  unknown: ["live", "filled", "cancelled", "expired", "refused"],
  live: ["filled", "cancelled", "expired"],
  filled: ["cancelled"],
  cancelled: ["filled", "expired"],
  expired: ["filled"],
  refused: []
}

export class Witness {
  readonly problems: Array<string> = []
  readonly sent = new Map<OrderId, Intent>()
  readonly orders = new Map<OrderId, Order>()
  readonly intents = new Map<OrderId, Intent>()
  readonly windows = new Map<WindowSlug, Window>()
  readonly outcomes = { Accepted: 0, Refused: 0, Unknown: 0, Duplicate: 0 }
  /** Exits sent while entries were halted. */
  exitsUnderHalt = 0
  ticks = 0
  checks = 0
  /** Moments at which every fill was in our books, so that the money could be compared to the millionth. */
  audits = 0
  /** Where the seed is, for what is wrong. */
  at = "the start"
  readonly #limits: Limits
  readonly #objects = new WeakSet<Intent>()
  /** Intents by all their words, less those that surely became no order: they may be wanted again. */
  readonly #contents = new Set<string>()
  readonly #entriesByTick = new Map<string, number>()
  readonly #entriesByWindow = new Map<WindowSlug, number>()
  readonly #atVenue = new Set<OrderId>()
  readonly #again = new Set<OrderId>()
  readonly #hash = createHash("sha256")
  readonly #tell: ((line: string) => void) | undefined

  constructor(limits: Limits, tell?: (line: string) => void) {
    this.#limits = limits
    this.#tell = tell
  }

  /** Everything that happens goes into one hash: two runs of a seed are the same where it is. */
  trace(words: string): void {
    this.#hash.update(words).update("\n")
    this.#tell?.(`${this.at}: ${words}`)
  }

  digest(): string {
    return this.#hash.copy().digest("hex")
  }

  expect(holds: boolean, what: () => string): void {
    if (holds) return
    const problem = `${this.at}: ${what()}`
    this.trace(`PROBLEM ${what()}`)
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem)
  }

  /** An order is about to be sent. */
  sending(life: Life, orderId: OrderId, intent: Intent, isJournalled: boolean): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (daemonMs) => {
      const words = `${intent.purpose} ${intent.side} ${intent.slug} ${intent.outcome} ${orderId}`
      this.trace(`sends ${words} ${intent.priceTicks} ${intent.sizeMicroShares}`)
      this.expect(isJournalled, () => `${words} is sent and the journal does not know it`)
      this.expect(!this.sent.has(orderId), () => `${words} is sent twice`)
      this.expect(!this.#objects.has(intent), () => `${words} is a second order for one intent`)
      const content = `${life.number} ${JSON.stringify(intent)}`
      this.expect(!this.#contents.has(content), () => `${words} repeats an intent word for word`)
      this.#objects.add(intent)
      this.#contents.add(content)
      this.sent.set(orderId, intent)
      const ageMs = daemonMs - intent.createdAtMs
      const skewed = life.history.weather.injected.has("clock-stepped")
      this.expect(skewed || ageMs <= FRESH_DECISION_MS, () => `${words} was decided ${ageMs} ms ago`)
      if (intent.purpose === "entry") this.#entering(life, words, intent, daemonMs)
      else if (life.halted.has("enter")) this.exitsUnderHalt += 1
    })
  }

  /** The journal says that this very order goes out once more: an exit, known here in the same words, and only once. */
  sendingAgain(orderId: OrderId, intent: Intent): void {
    this.trace(`sends again ${orderId}`)
    const first = this.sent.get(orderId) ?? this.intents.get(orderId)
    this.expect(first !== undefined, () => `${orderId} is sent again and never was`)
    this.expect(intent.side === "SELL", () => `${orderId} is sent again and is no exit`)
    this.expect(JSON.stringify(first) === JSON.stringify(intent), () => `${orderId} is sent again otherwise`)
    this.expect(!this.#again.has(orderId), () => `${orderId} is sent a third time`)
    this.#again.add(orderId)
    this.#atVenue.delete(orderId)
    this.sent.set(orderId, intent)
  }

  /** What the client makes of the answer. */
  answered(life: Life, intent: Intent, orderId: OrderId, outcome: PlaceOutcome): void {
    this.trace(`gets ${outcome.orderId} ${outcome._tag}`)
    this.expect(outcome.orderId === orderId, () => `${outcome.orderId} is another order`)
    this.outcomes[outcome._tag] += 1
    if (outcome._tag === "Refused") this.#contents.delete(`${life.number} ${JSON.stringify(intent)}`)
  }

  #entering(life: Life, words: string, intent: Intent, daemonMs: number): void {
    const limits = this.#limits
    const tickKey = `${life.number} ${life.tick}`
    const inTick = (this.#entriesByTick.get(tickKey) ?? 0) + 1
    const inWindow = (this.#entriesByWindow.get(intent.slug) ?? 0) + 1
    this.#entriesByTick.set(tickKey, inTick)
    this.#entriesByWindow.set(intent.slug, inWindow)
    this.expect(inTick <= limits.maxEntriesPerTick, () => `${words} is entry ${inTick} of the tick`)
    this.expect(inWindow <= limits.maxEntriesPerWindow, () => `${words} is entry ${inWindow} of its window`)
    const window = this.windows.get(intent.slug)
    const cost =
      notionalUsd(intent.priceTicks, intent.sizeMicroShares, "up") +
      (window === undefined ? 0 : takerFee(window.fees, intent.priceTicks, intent.sizeMicroShares))
    this.expect(cost <= limits.maxOrderUsd, () => `${words} may cost ${cost} millionths`)
    const faults = entryFaults(life, intent, window, daemonMs)
    this.expect(faults.length === 0, () => `${words}: ${faults.join(", ")}`)
  }

  /** An order reaches the client's wire: one that was announced, in its terms, and once. */
  atVenue(order: VenuePlace): void {
    const intent = this.sent.get(order.orderId)
    this.expect(!this.#atVenue.has(order.orderId), () => `${order.orderId} goes over the wire twice`)
    this.expect(
      intent !== undefined &&
        intent.tokenId === order.tokenId &&
        intent.side === order.side &&
        intent.priceTicks === order.priceTicks &&
        order.sizeMicroShares <= intent.sizeMicroShares,
      () => `${order.orderId} goes over the wire in other terms than its intent`
    )
    this.#atVenue.add(order.orderId)
  }

  journalled(orderId: OrderId, intent: Intent): void {
    this.intents.set(orderId, intent)
  }

  /** The journal has an order's new state. */
  recorded(order: Order): void {
    const before = this.orders.get(order.orderId)
    const was = before?.status ?? "pending"
    this.trace(`records ${order.orderId} ${order.status} ${order.filledMicroShares}`)
    this.expect(
      was === order.status || MAY_BECOME[was].includes(order.status),
      () => `${order.orderId} goes from ${was} to ${order.status}`
    )
    this.expect(this.intents.has(order.orderId), () => `${order.orderId} is stored without an intent`)
    this.expect(
      order.filledMicroShares >= (before?.filledMicroShares ?? 0),
      () => `${order.orderId} loses fills`
    )
    this.expect(
      order.filledMicroShares <= order.intent.sizeMicroShares,
      () => `${order.orderId} is filled over its size`
    )
    this.orders.set(order.orderId, order)
  }

  /** A fill is about to be booked: it must be one of the venue's. */
  booking(life: Life, fill: Fill): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      this.trace(`books ${fillKey(fill)} ${fill.status}`)
      const conditionId = this.windows.get(fill.slug)?.conditionId
      if (life.ground === undefined || conditionId === undefined) {
        return this.expect(false, () => `${fillKey(fill)} is booked for a window nobody found`)
      }
      const trades = yield* Effect.orDie(life.ground.venue.trades(conditionId))
      const trade = trades.find((each) => fillKey(each) === fillKey(fill))
      this.expect(
        trade !== undefined &&
          trade.tokenId === fill.tokenId &&
          trade.side === fill.side &&
          trade.priceTicks === fill.priceTicks &&
          trade.sizeMicroShares === fill.sizeMicroShares &&
          trade.feeMicroUsd === fill.feeMicroUsd,
        () => `${fillKey(fill)} is booked and is no trade of the venue`
      )
    })
  }

  /** A window is about to be settled: only as the venue resolved it. */
  settling(life: Life, resolution: Resolution): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      this.trace(`settles ${resolution.slug} ${resolution.outcome}`)
      const truly =
        life.ground === undefined
          ? undefined
          : yield* Effect.orDie(life.ground.venue.resolution(resolution.slug))
      this.expect(
        truly?.outcome === resolution.outcome,
        () => `${resolution.slug} is settled ${resolution.outcome}, the venue says ${truly?.outcome}`
      )
    })
  }
}
