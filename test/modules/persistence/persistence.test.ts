import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Schema } from "effect"
import type { Persistence } from "../../../src/ports/persistence.ts"
import { OrderStatus } from "../../../src/domain/order.ts"
import { Resolution } from "../../../src/domain/window.ts"
import { contentOf, inDirectory, tamper } from "../../storage/support.ts"
import { type Model, apply, command, emptyModel, expectedState, record } from "./support/history.ts"
import { withJournal } from "./support/journal.ts"
import { identityNumber, intentNumber, orderNumber, slugNumber } from "./support/samples.ts"
import { findingsIn } from "./support/tables.ts"

type Journal = typeof Persistence.Service

const encodeResolution = Schema.encodeSync(Resolution)

const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)

const agree = (journal: Journal, model: Model) =>
  Effect.gen(function* () {
    expect(yield* journal.load).toEqual(expectedState(model))
    for (const order of model.orders.values()) {
      expect(yield* journal.orderById(order.orderId)).toEqual(order)
    }
    for (const [slug, resolution] of model.settlements) {
      const stored = yield* journal.settledOutcome(slug)
      expect(stored === undefined ? undefined : encodeResolution(stored)).toEqual(
        encodeResolution(resolution)
      )
    }
    const totals = yield* journal.totals
    const fills = [...model.fills.values()].filter((fill) => fill.status !== "failed")
    expect(totals).toMatchObject({
      windowsSeen: model.windows.size,
      windowsTraded: new Set(fills.map((fill) => fill.slug)).size,
      windowsSettled: model.settlements.size,
      fills: fills.length,
      realizedPnlMicroUsd: sum([...model.positions.values()].map((its) => its.realizedPnlMicroUsd)),
      feesMicroUsd: sum([...model.positions.values()].map((its) => its.feesMicroUsd))
    })
    expect(sum(Object.values(totals.orders))).toBe(model.orders.size)
    for (const status of OrderStatus.literals) {
      const having = [...model.orders.values()].filter((order) => order.status === status)
      expect(totals.orders[status]).toBe(having.length)
    }
  })

describe("Persistence", () => {
  it.effect.prop(
    "load – after any history, repeats and restarts included, tells what a plain model tells",
    [fc.array(fc.array(command, { maxLength: 20 }), { minLength: 1, maxLength: 2 })],
    ([sessions]) =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const model = emptyModel()
          for (const session of sessions) {
            yield* withJournal(directory, (journal) =>
              Effect.gen(function* () {
                for (const step of session) {
                  yield* record(journal, step)
                  apply(model, step)
                  // What is remembered of a state is forgotten with the next write.
                  yield* agree(journal, model)
                  expect(yield* journal.load).toEqual(expectedState(model))
                }
              })
            )
          }
          const path = yield* withJournal(directory, (journal) =>
            Effect.as(agree(journal, model), journal.path)
          )
          expect(yield* findingsIn(path)).toEqual([])
        })
      ),
    { fastCheck: { numRuns: 40, interruptAfterTimeLimit: 20_000 } }
  )

  it.effect("orderById, settledOutcome – know nothing of what was never stored", () =>
    inDirectory((directory) =>
      withJournal(directory, (journal) =>
        Effect.gen(function* () {
          expect(yield* journal.orderById(orderNumber(1))).toBeUndefined()
          expect(yield* journal.settledOutcome(slugNumber(1))).toBeUndefined()
          expect(yield* journal.load).toEqual(expectedState(emptyModel()))
        })
      )
    )
  )
  it.effect.prop(
    "load – a row that cannot be read is Corrupt, named by table and key, and nothing is dropped in silence",
    [
      fc.constantFrom(
        ["orders", "status = 'lost'"],
        ["orders", "evidence = '{'"],
        ["orders", "filled_micro_shares = -1"],
        ["intents", "outcome = 'Sideways'"],
        ["intents", "price_ticks = 10001"]
      )
    ],
    ([[table, change]]) =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const { path } = yield* withJournal(directory, (journal) =>
            Effect.as(journal.recordIntent(intentNumber(3), identityNumber(3)), journal)
          )
          yield* tamper(path, `UPDATE ${table} SET ${change}`)
          const error = yield* Effect.flip(withJournal(directory, (journal) => journal.load))
          expect(error).toMatchObject({ reason: "Corrupt", path, module: "persistence" })
          expect(error.message).toContain(path)
          expect(error.message).toContain(`table orders, row ${orderNumber(3)}`)
        })
      ),
    { fastCheck: { numRuns: 10 } }
  )

  it.effect("recordOrder – keeps one line of history for each state, in order", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const { path } = yield* withJournal(directory, (journal) =>
          Effect.gen(function* () {
            yield* journal.recordIntent(intentNumber(1), identityNumber(1))
            const pending = yield* Effect.fromNullable(yield* journal.orderById(orderNumber(1)))
            for (const status of ["live", "live", "unknown", "live", "filled", "filled"] as const) {
              yield* journal.recordOrder({ ...pending, status, updatedAtMs: pending.updatedAtMs + 1 })
            }
            return journal
          })
        )
        const [rows] = yield* tamper(path, "SELECT status FROM order_events ORDER BY seq")
        // The first state, pending, is the intent itself.
        expect(rows).toEqual(["live", "unknown", "live", "filled"].map((status) => ({ status })))
      })
    )
  )

  it.effect.prop(
    "recordEvent – takes whatever it is given, and keeps the last of many",
    [
      fc.array(fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true })), {
        maxLength: 120
      })
    ],
    ([events]) =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const circle: Record<string, unknown> = { long: "x".repeat(1_000_000) }
          circle["itself"] = circle
          const { path } = yield* withJournal(
            directory,
            (journal) =>
              Effect.gen(function* () {
                for (const fields of [...events, circle, { long: circle["long"] }]) {
                  yield* journal.recordEvent("test", fields)
                }
                return journal
              }),
            { settings: { keepEvents: 100 } }
          )
          const [rows] = yield* tamper(
            path,
            "SELECT count(*) AS kept, max(length(fields)) AS longest FROM events"
          )
          expect(rows).toEqual([
            { kept: Math.min(100, events.length + 2), longest: expect.toSatisfy((length) => length < 20_000) }
          ])
        })
      ),
    { fastCheck: { numRuns: 5 } }
  )

  it.effect("recordTick – keeps as many ticks as it is told", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const { path } = yield* withJournal(
          directory,
          (journal) =>
            Effect.gen(function* () {
              for (let tick = 1; tick <= 100; tick++)
                yield* record(journal, { _tag: "Tick", tick, atMs: tick })
              return journal
            }),
          { settings: { keepTicks: 60 } }
        )
        const [rows] = yield* tamper(path, "SELECT min(tick) AS first, max(tick) AS last FROM ticks")
        expect(rows).toEqual([{ first: 41, last: 100 }])
      })
    )
  )
})

describe("layerConfig", () => {
  it.effect("layerConfig – refuses a second opener and another world, and leaves the journal as it was", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const opened = (world: string) => withJournal(directory, () => Effect.void, { world })
        yield* withJournal(
          directory,
          () =>
            Effect.gen(function* () {
              const error = yield* Effect.flip(opened("sim 7"))
              expect(error).toMatchObject({ reason: "HeldByAnother", path: directory })
            }),
          { world: "sim 7" }
        )
        const before = yield* contentOf(directory)
        const error = yield* Effect.flip(opened("live 0xabc"))
        expect(error.reason).toBe("WrongWorld")
        expect(error.message).toContain("sim 7")
        expect(yield* contentOf(directory)).toEqual(before)
        yield* opened("sim 7")
      })
    )
  )

  it.effect("layerConfig – a state directory that cannot be one is NotWritable and nothing is created", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.writeFileString(`${directory}/file`, "mine")
        const before = yield* contentOf(directory)
        for (const path of [`${directory}/file`, `${directory}/file/below`, "/proc/tradewind"]) {
          const error = yield* Effect.flip(withJournal(path, () => Effect.void))
          expect(error).toMatchObject({ reason: "NotWritable", path })
        }
        expect(yield* contentOf(directory)).toEqual(before)
      })
    )
  )
})
