/** Stands between the daemon and the venue: writes down what is sent, and what was wrong with it when it was sent. */
import { Context, Effect, Layer } from "effect"
import { takerFee } from "../../src/domain/fees.ts"
import type { Limits } from "../../src/domain/limits.ts"
import { notionalUsd } from "../../src/domain/money.ts"
import type { Intent, OrderId } from "../../src/domain/order.ts"
import type { Window, WindowSlug } from "../../src/domain/window.ts"
import { Exchange } from "../../src/ports/exchange.ts"
import { Persistence } from "../../src/ports/persistence.ts"

export class Watch {
  readonly problems: Array<string> = []
  readonly sent = new Map<OrderId, Intent>()
  readonly windows = new Map<WindowSlug, Window>()
  readonly accepted = { live: 0, matched: 0, delayed: 0 }
  tick = 0
  checks = 0
  private readonly intents = new WeakSet<Intent>()
  private readonly contents = new Set<string>()
  private readonly entriesByTick = new Map<number, number>()
  private readonly entriesByWindow = new Map<WindowSlug, number>()
  readonly limits: Limits

  constructor(limits: Limits) {
    this.limits = limits
  }

  /** Expects something to hold; the first twenty things that do not are kept. */
  expect(holds: boolean, what: () => string): void {
    if (!holds && this.problems.length < 20) this.problems.push(`tick ${this.tick}: ${what()}`)
  }

  /** An order is about to be sent. */
  sending(orderId: OrderId, intent: Intent, isJournalled: boolean): void {
    const { entriesByTick, entriesByWindow, limits, tick } = this
    const words = `${intent.purpose} ${intent.side} ${intent.slug} ${intent.outcome} ${orderId}`
    this.expect(isJournalled, () => `${words} is sent and the journal does not know it`)
    this.expect(!this.sent.has(orderId), () => `${words} is sent twice`)
    this.expect(!this.intents.has(intent), () => `${words} is a second order for one intent`)
    const content = JSON.stringify(intent)
    this.expect(!this.contents.has(content), () => `${words} repeats an intent word for word`)
    this.intents.add(intent)
    this.contents.add(content)
    this.sent.set(orderId, intent)
    if (intent.purpose !== "entry") return
    const inTick = (entriesByTick.get(tick) ?? 0) + 1
    const inWindow = (entriesByWindow.get(intent.slug) ?? 0) + 1
    entriesByTick.set(tick, inTick)
    entriesByWindow.set(intent.slug, inWindow)
    this.expect(inTick <= limits.maxEntriesPerTick, () => `${words} is entry ${inTick} of the tick`)
    this.expect(inWindow <= limits.maxEntriesPerWindow, () => `${words} is entry ${inWindow} of its window`)
    const window = this.windows.get(intent.slug)
    const cost =
      notionalUsd(intent.priceTicks, intent.sizeMicroShares, "up") +
      (window === undefined ? 0 : takerFee(window.fees, intent.priceTicks, intent.sizeMicroShares))
    this.expect(window !== undefined, () => `${words} is for a window nobody found`)
    this.expect(cost <= limits.maxOrderUsd, () => `${words} may cost ${cost} millionths`)
  }
}

/** The same venue; what the daemon asks of it is watched. */
export const watchedVenue = <A, E, R>(watch: Watch, venue: Layer.Layer<Exchange | A, E, R>) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const journal = yield* Persistence
      const context = yield* Effect.context<Exchange | A>()
      const exchange = Context.get(context, Exchange)
      const watched = Exchange.of({
        ...exchange,
        findWindow: (asset, interval, atMs) =>
          Effect.tap(exchange.findWindow(asset, interval, atMs), (window) =>
            Effect.sync(() => {
              if (window !== undefined) watch.windows.set(window.slug, window)
            })
          ),
        place: (intent, identity) =>
          Effect.gen(function* () {
            const known = yield* Effect.orDie(journal.orderById(identity.orderId))
            watch.sending(identity.orderId, intent, known?.status === "pending")
            const outcome = yield* exchange.place(intent, identity)
            watch.expect(outcome.orderId === identity.orderId, () => `${outcome.orderId} is another order`)
            watch.expect(outcome._tag !== "Unknown", () => `${outcome.orderId} is unknown in-process`)
            if (outcome._tag === "Accepted") watch.accepted[outcome.status] += 1
            return outcome
          })
      })
      return Context.add(context, Exchange, watched)
    })
  ).pipe(Layer.provide(venue))
