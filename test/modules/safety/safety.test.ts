import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, Layer, Logger, Schema } from "effect"
import { CAPABILITIES } from "../../../src/domain/capability.ts"
import { microShares } from "../../../src/domain/money.ts"
import type { Intent } from "../../../src/domain/order.ts"
import { pendingOrder } from "../../../src/domain/order-state.ts"
import { Settings, layerConfig } from "../../../src/modules/safety/safety.ts"
import { Safety } from "../../../src/ports/trading.ts"
import {
  NOW_MS,
  WINDOW,
  makeContext,
  makeOrder,
  makePosition,
  makeView,
  makeWindow
} from "../../domain/trading-world.ts"
import { FakeJournal } from "../order-manager/fakes.ts"

const SHARE = 1_000_000
const started = <A, E>(
  body: (safety: typeof Safety.Service) => Effect.Effect<A, E>,
  settings: typeof Settings.Encoded = {},
  journal = new FakeJournal()
) => {
  const layer = layerConfig(Schema.decodeSync(Settings)(settings)).pipe(Layer.provide(journal.layer))
  return Safety.pipe(Effect.flatMap(body), Effect.provide(layer))
}
/** Two shares can be sold again there. */
const small = makeWindow("1", { minSizeMicroShares: microShares(2 * SHARE) })
const views = [makeView(5_000, 5_100, { window: small })]
const context = makeContext({ views })
/** The nth entry: 2 shares for just over $1. */
const entry = (n: number): Intent => ({ ...makeOrder("BUY", 2, 5_100).intent, reason: `entry ${n}` })
const exit = (shares: number, reason: string): Intent => ({
  ...makeOrder("SELL", shares, 4_000).intent,
  reason
})

const passes = (safety: typeof Safety.Service, intent: Intent, world = context) =>
  Effect.map(safety.approve(intent, world), Either.isRight)

describe("safety", () => {
  it.effect("approve – counts entries by tick and by window", () =>
    started(
      (safety) =>
        Effect.gen(function* () {
          yield* safety.beginTick(1)
          expect(yield* Effect.forEach([1, 2, 3], (n) => passes(safety, entry(n)))).toEqual([
            true,
            true,
            false
          ])
          yield* safety.beginTick(2)
          expect(yield* Effect.forEach([4, 5], (n) => passes(safety, entry(n)))).toEqual([true, false])
          yield* safety.beginTick(3)
          expect(yield* safety.approve(entry(6), context)).toEqual(
            Either.left({
              module: "safety",
              subject: WINDOW.slug,
              reason: "entries of this window are used up"
            })
          )
        }),
      { maxEntriesPerTick: 2, maxEntriesPerWindow: 3 }
    )
  )

  it.effect("layer – a restart does not forget the entries of a window (M1)", () => {
    const journal = new FakeJournal()
    const { orderId } = makeOrder("BUY", 2, 5_100)
    journal.orders.set(orderId, pendingOrder(entry(1), { orderId, salt: 1, timestampMs: NOW_MS }))
    return started(
      (safety) => Effect.map(passes(safety, entry(2)), (passed) => expect(passed).toBe(false)),
      { maxEntriesPerWindow: 1 },
      journal
    )
  })

  it.effect("approve – money approved in a tick is spent for the rest of it, seen or not", () =>
    started(
      (safety) =>
        Effect.gen(function* () {
          expect(yield* passes(safety, entry(1))).toBe(true)
          expect(yield* passes(safety, entry(2))).toBe(false)
          const sent = { ...makeOrder("BUY", 2, 5_100), intent: entry(1) }
          expect(yield* passes(safety, entry(2), makeContext({ views, openOrders: [sent] }))).toBe(false)
        }),
      { maxTotalUsd: "2.00", maxEntriesPerTick: 10, maxEntriesPerWindow: 10 }
    )
  )

  it.effect("approve – an order is not counted twice when the context shows it", () =>
    started(
      (safety) =>
        Effect.gen(function* () {
          expect(yield* passes(safety, entry(1))).toBe(true)
          const sent = { ...makeOrder("BUY", 2, 5_100), intent: entry(1) }
          expect(yield* passes(safety, entry(2), makeContext({ views, openOrders: [sent] }))).toBe(true)
        }),
      { maxTotalUsd: "3.00", maxEntriesPerTick: 10, maxEntriesPerWindow: 10 }
    )
  )

  it.effect("approve – the same shares are promised to one exit only, within a tick and after", () =>
    started((safety) =>
      Effect.gen(function* () {
        const held = makeContext({
          views,
          positions: [makePosition(10, 5_000, { settledMicroShares: microShares(6 * SHARE) })]
        })
        expect(yield* passes(safety, exit(4, "stop"), held)).toBe(true)
        expect(yield* passes(safety, exit(4, "expiry"), held)).toBe(false)
        expect(yield* passes(safety, exit(2, "expiry"), held)).toBe(true)
        yield* safety.beginTick(2)
        expect(yield* passes(safety, exit(6, "again"), held)).toBe(true)
      })
    )
  )

  it.effect("revoke – entries stop and exits go on; each change is logged once with its reason (E3)", () => {
    const lines: Array<unknown> = []
    const logger = Logger.make(({ annotations, message }) => {
      lines.push([message, Object.fromEntries(annotations)])
    })
    return started((safety) =>
      Effect.gen(function* () {
        const held = makeContext({ views, positions: [makePosition(10, 5_000)] })
        yield* safety.revoke("enter", "too many errors")
        yield* safety.revoke("enter", "again")
        expect(yield* safety.capabilities).toEqual(new Set(CAPABILITIES.filter((one) => one !== "enter")))
        expect(yield* passes(safety, entry(1))).toBe(false)
        expect(yield* passes(safety, exit(5, "stop"), held)).toBe(true)
        yield* safety.restore("enter", "operator")
        expect(yield* passes(safety, entry(1))).toBe(true)
        const fields = { module: "safety", capability: "enter" }
        expect(lines).toEqual([
          [["capability_revoked"], { ...fields, reason: "too many errors" }],
          [["capability_restored"], { ...fields, reason: "operator" }]
        ])
      })
    ).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  })
})
