import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Effect, FastCheck as fc, TestClock } from "effect"
import { pendingOrder } from "../../../src/domain/order-state.ts"
import { CashMark } from "../../../src/domain/reconciliation.ts"
import { Fill } from "../../../src/domain/order.ts"
import { Position } from "../../../src/domain/position.ts"
import { Resolution, Window } from "../../../src/domain/window.ts"
import type { Persistence } from "../../../src/ports/persistence.ts"
import { ProcessId } from "../../../src/ports/process-id.ts"
import { contentOf, inDirectory, tamper } from "../../storage/support.ts"
import { withJournal } from "./support/journal.ts"
import { identityNumber, intentNumber } from "./support/samples.ts"

type Journal = typeof Persistence.Service

const fencesIn = (directory: string) =>
  Effect.map(tamper(`${directory}/tradewind.db`, "SELECT fence FROM intents ORDER BY seq"), ([rows = []]) =>
    rows.map((row) => Object.values(row)[0])
  )

/** Its files, but the one that is shared memory only. */
const filesOf = (directory: string) =>
  Effect.map(contentOf(directory), (files) => files.filter((line) => !line.includes("-shm ")))

const sample = <A>(arbitrary: fc.Arbitrary<A>): A => {
  const [first] = fc.sample(arbitrary, { numRuns: 1, seed: 7 })
  if (first === undefined) throw new Error("no sample")
  return first
}

/** Every way to write, each with something new. */
const WRITES = {
  recordIntent: (journal: Journal) => journal.recordIntent(intentNumber(9), identityNumber(9)),
  recordOrder: (journal: Journal) => journal.recordOrder(pendingOrder(intentNumber(8), identityNumber(8))),
  recordFill: (journal: Journal) =>
    journal.recordFill(sample(Arbitrary.make(Fill)), sample(Arbitrary.make(Position))),
  recordPosition: (journal: Journal) => journal.recordPosition(sample(Arbitrary.make(Position))),
  recordWindow: (journal: Journal) => journal.recordWindow(sample(Arbitrary.make(Window))),
  recordSettlement: (journal: Journal) => journal.recordSettlement(sample(Arbitrary.make(Resolution)), []),
  recordEvent: (journal: Journal) => journal.recordEvent("late", {}),
  recordCashMark: (journal: Journal) => journal.recordCashMark(sample(Arbitrary.make(CashMark))),
  recordTick: (journal: Journal) =>
    journal.recordTick({ tick: 9, atMs: 9, durationMs: 1, spot: {}, decisions: [] })
} as const satisfies { readonly [Name in Extract<keyof Journal, `record${string}`>]: unknown }

/** Somebody takes the lock file away, and another daemon starts: two are at work on one journal. */
const takenOver = <A, E, R>(directory: string, whileTwo: (first: Journal) => Effect.Effect<A, E, R>) =>
  withJournal(directory, (first) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      yield* first.recordIntent(intentNumber(1), identityNumber(1))
      yield* fs.remove(`${directory}/lock.db`)
      return yield* withJournal(directory, (second) =>
        Effect.zipRight(second.recordIntent(intentNumber(2), identityNumber(2)), whileTwo(first))
      )
    })
  )

describe("the journal's lease", () => {
  it.effect("lease – its number rises with each start, by whatever clock, and is kept with each intent", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        for (const [index, nowMs] of [1_000_000, 5, 1_000_000].entries()) {
          yield* TestClock.setTime(nowMs)
          yield* withJournal(directory, (journal) =>
            journal.recordIntent(intentNumber(index), identityNumber(index))
          )
        }
        expect(yield* fencesIn(directory)).toEqual([1, 2, 3])
      })
    )
  )

  it.effect("lease – an order that came some other way than by an intent has its number, too", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        yield* withJournal(directory, WRITES.recordOrder)
        expect(yield* fencesIn(directory)).toEqual([1])
      })
    )
  )

  for (const [name, write] of Object.entries(WRITES)) {
    it.effect(`lease – ${name} of a holder that was replaced is refused, and writes nothing`, () =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          // The same process number and the same time: numbers of processes come again, and clocks are put back.
          yield* takenOver(directory, (first) =>
            Effect.gen(function* () {
              const before = yield* filesOf(directory)
              const error = yield* Effect.flip(write(first))
              expect(error).toMatchObject({ reason: "HeldByAnother", module: "persistence", operation: name })
              expect(error.message).toContain(
                "process 4711 has taken the journal over (lease 2, this one has 1)"
              )
              expect(yield* filesOf(directory)).toEqual(before)
            })
          ).pipe(Effect.provideService(ProcessId, 4711))
          expect(yield* fencesIn(directory)).toEqual([1, 2])
        })
      )
    )
  }

  it.effect("lease – a journal that was put back from a backup does not know the holder again", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        yield* withJournal(directory, () => Effect.void)
        yield* takenOver(directory, (first) =>
          Effect.gen(function* () {
            // As if the file were that of a day ago, and somebody else's second start.
            yield* tamper(`${directory}/tradewind.db`, "UPDATE lease SET fence = 2, taken_at_ms = 1")
            expect((yield* Effect.flip(WRITES.recordIntent(first))).reason).toBe("HeldByAnother")
          })
        )
      })
    )
  )
})
