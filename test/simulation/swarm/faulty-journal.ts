/** The journal on a bad disk; and what is written to it, told to the witness. */
import { Effect } from "effect"
import { type Persistence, PersistenceError } from "../../../src/ports/persistence.ts"
import type { Life } from "./life.ts"
import type { Fault } from "./weather.ts"

const SLOWEST_MS = 1_000

const REASONS: ReadonlyArray<readonly [Fault, PersistenceError["reason"]]> = [
  ["journal-busy", "Busy"],
  ["journal-unavailable", "Unavailable"],
  ["disk-full", "DiskFull"]
]

type Guard = <A>(
  operation: string,
  body: Effect.Effect<A, PersistenceError>
) => Effect.Effect<A, PersistenceError>

/** Fails before anything is written: what fails is not there. A death may come before and after. */
const guarding =
  (life: Life, path: string): Guard =>
  (operation, body) =>
    Effect.suspend(() => {
      const { chance, strikes } = {
        chance: life.history.weather.chance,
        strikes: (fault: Fault) => life.history.weather.strikes(fault)
      }
      const failing = REASONS.find(([fault]) => strikes(fault))
      if (failing !== undefined) {
        const [, reason] = failing
        const message = `simulated: ${reason}`
        return Effect.fail(new PersistenceError({ module: "persistence", operation, path, reason, message }))
      }
      const slow = strikes("journal-slow") ? Effect.sleep(chance.between(10, SLOWEST_MS)) : Effect.void
      return life.mayDie.pipe(Effect.zipRight(slow), Effect.zipRight(body), Effect.zipLeft(life.mayDie))
    })

/** The journal as this life of the daemon meets it. */
export const faultyJournal = (
  life: Life,
  journal: typeof Persistence.Service
): typeof Persistence.Service => {
  const { witness } = life.history
  const guard = guarding(life, journal.path)
  const noting = <A>(body: Effect.Effect<A, PersistenceError>, note: () => void) =>
    Effect.tap(body, () => Effect.sync(note))
  return {
    path: journal.path,
    load: guard("load", journal.load),
    totals: guard("totals", journal.totals),
    recordIntent: (intent, identity) =>
      guard(
        "recordIntent",
        noting(journal.recordIntent(intent, identity), () => witness.journalled(identity.orderId, intent))
      ),
    recordOrder: (order) =>
      guard(
        "recordOrder",
        noting(journal.recordOrder(order), () => witness.recorded(order))
      ),
    recordFill: (fill, position) =>
      guard("recordFill", Effect.zipRight(witness.booking(life, fill), journal.recordFill(fill, position))),
    recordPosition: (position) => guard("recordPosition", journal.recordPosition(position)),
    recordWindow: (window) => guard("recordWindow", journal.recordWindow(window)),
    recordSettlement: (resolution, positions) =>
      guard(
        "recordSettlement",
        Effect.zipRight(witness.settling(life, resolution), journal.recordSettlement(resolution, positions))
      ),
    recordEvent: (kind, fields) => guard("recordEvent", journal.recordEvent(kind, fields)),
    recordTick: (summary) =>
      guard(
        "recordTick",
        noting(journal.recordTick(summary), () => witness.trace(`decided ${summary.decisions.join("; ")}`))
      ),
    recordCashMark: (mark) => guard("recordCashMark", journal.recordCashMark(mark)),
    cashMark: guard("cashMark", journal.cashMark),
    openPositions: guard("openPositions", journal.openPositions),
    everHeld: (tokenId) => guard("everHeld", journal.everHeld(tokenId)),
    orderById: (orderId) => guard("orderById", journal.orderById(orderId)),
    settledOutcome: (slug) => guard("settledOutcome", journal.settledOutcome(slug))
  }
}
