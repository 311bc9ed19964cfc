import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { Persistence } from "../../../src/ports/persistence.ts"
import { inDirectory, tamper } from "../../storage/support.ts"
import { command, record } from "./support/history.ts"
import { withJournal } from "./support/journal.ts"
import { identityNumber, intentNumber } from "./support/samples.ts"
import { findingsIn } from "./support/tables.ts"

const lastOf = (table: string) => `(SELECT max(seq) FROM ${table})`

/** One change from outside to a journal that has one of everything, and how its finding begins. */
const CHANGES: ReadonlyArray<readonly [statement: string, finding: string]> = [
  ["UPDATE orders SET status = 'live'", "order 0x"],
  ["UPDATE orders SET evidence = NULL", "order 0x"],
  ["UPDATE orders SET filled_micro_shares = filled_micro_shares + 1", "order 0x"],
  ["DELETE FROM orders", "order 0x"],
  [`DELETE FROM order_events WHERE seq = ${lastOf("order_events")}`, "order 0x"],
  [`UPDATE order_events SET note = 'another' WHERE seq = ${lastOf("order_events")}`, "order 0x"],
  ["UPDATE fills SET status = 'failed'", "fill of order 0x"],
  ["DELETE FROM fills", "fill of order 0x"],
  ["DELETE FROM fill_events", "fill of order 0x"],
  ["UPDATE positions SET cost_micro_usd = cost_micro_usd + 1", "position in "],
  ["DELETE FROM positions", "position in "],
  [`DELETE FROM position_events WHERE seq = ${lastOf("position_events")}`, "position in "],
  ["DELETE FROM intents", "order 0x"],
  ["UPDATE intents SET price_ticks = price_ticks + 1", "row 1 of intents"],
  ["UPDATE intents SET signed_order = '{ }'", "row 1 of intents"],
  ["UPDATE fills SET size_micro_shares = size_micro_shares + 1", "row 1 of fills"]
]

const sample = <A>(arbitrary: fc.Arbitrary<A>) => {
  const [value] = fc.sample(arbitrary, { numRuns: 1, seed: 11 })
  if (value === undefined) throw new Error("no sample")
  return value
}
const ofKind = (tag: string) => sample(command.filter(({ _tag }) => _tag === tag))

/** An order in two states, a fill with its position, and the position in another state. */
const history = Effect.flatMap(Persistence, (journal) =>
  Effect.gen(function* () {
    yield* journal.recordIntent(intentNumber(1), { ...identityNumber(1), signedOrder: "{}" })
    const pending = yield* Effect.fromNullable(yield* journal.orderById(identityNumber(1).orderId))
    yield* journal.recordOrder({ ...pending, status: "filled", note: "said the venue" })
    const fill = ofKind("Fill")
    if (fill._tag !== "Fill") return yield* Effect.dieMessage("no fill")
    yield* journal.recordFill({ ...fill.fill, orderId: pending.orderId, status: "matched" }, fill.position)
    yield* journal.recordPosition({ ...fill.position, updatedAtMs: fill.position.updatedAtMs + 1 })
    return journal.path
  })
)

describe("journalFindings", () => {
  it.effect.prop(
    "journalFindings – any history leaves states that are all derived from its entries",
    [fc.array(command, { maxLength: 40 })],
    ([steps]) =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const path = yield* withJournal(directory, (journal) =>
            Effect.as(
              Effect.forEach(steps, (step) => record(journal, step)),
              journal.path
            )
          )
          expect(yield* findingsIn(path)).toEqual([])
        })
      ),
    { fastCheck: { numRuns: 60 } }
  )

  it.effect.each(CHANGES)("journalFindings – %s is found", ([statement, finding]) =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const path = yield* withJournal(directory, (journal) =>
          Effect.provideService(history, Persistence, journal)
        )
        expect(yield* findingsIn(path)).toEqual([])
        yield* tamper(path, "PRAGMA foreign_keys = OFF", statement)
        expect((yield* findingsIn(path)).map((found) => found.slice(0, finding.length))).toContain(finding)
      })
    )
  )

  it.effect("journalFindings – tells a few of many", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const path = yield* withJournal(directory, (journal) =>
          Effect.as(
            Effect.forEach(Array.from({ length: 20 }).keys(), (index) =>
              journal.recordIntent(intentNumber(index), identityNumber(index))
            ),
            journal.path
          )
        )
        yield* tamper(path, "UPDATE orders SET status = 'lost'")
        // States that are not the last entries', and rows that do not add up.
        expect(yield* findingsIn(path)).toHaveLength(10)
      })
    )
  )
})
