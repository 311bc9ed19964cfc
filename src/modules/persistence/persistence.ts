/** The journal in SQLite: one file in the state directory, on disk before a call returns. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Clock, Effect, Layer } from "effect"
import { Persistence, type PersistenceError } from "../../ports/persistence.ts"
import { ProcessId } from "../../ports/process-id.ts"
import type { Body } from "../../storage/connection.ts"
import { WHOLE_CHECK_BYTES } from "../../storage/inspect.ts"
import { type Database, openDatabase } from "../../storage/sqlite.ts"
import { holdDirectory, secureDirectory } from "../../storage/state-directory.ts"
import { DATABASE_FILE, MODULE } from "./files.ts"
import { type Lease, takeLease, underLease } from "./lease.ts"
import { cashMark, everHeld, putCashMark } from "./reconciling.ts"
import { putEvent, putTick } from "./logs.ts"
import { loadState, openPositions, orderById, resolutionOf, totals } from "./reads.ts"
import { JOURNAL_APPLICATION_ID, journalMigrations } from "./schema.ts"
import type { Settings } from "./settings.ts"
import { bindWorld, checkWorld } from "./world.ts"
import { putFill, putIntent, putOrder, putPosition, putSettlement, putWindow } from "./writes.ts"

export { Settings } from "./settings.ts"

/**
 * Answers that stay the same until something is written: at a start one module after the other asks for the whole state, and of
 * a journal of years that takes its time.
 */
const makeMemory = () => {
  let writes = 0
  const forgets: Array<() => void> = []
  const written = Effect.sync(() => {
    writes += 1
    for (const forget of forgets) forget()
  })
  const remembered = <A, E>(ask: Effect.Effect<A, E>): Effect.Effect<A, E> => {
    let known: { readonly answer: A } | undefined
    forgets.push(() => void (known = undefined))
    return Effect.suspend(() => {
      if (known !== undefined) return Effect.succeed(known.answer)
      const before = writes
      return Effect.tap(ask, (answer) => {
        if (writes === before) known = { answer }
      })
    })
  }
  return { written, remembered }
}

const service = (database: Database, settings: typeof Settings.Type, lease: Lease) => {
  const { path, read } = database
  const { remembered, written } = makeMemory()
  const held = underLease(path, lease)
  const write = <A>(operation: string, body: Body<A>) =>
    Effect.ensuring(database.write(operation, held(operation, body)), written)
  return Persistence.of({
    path,
    load: remembered(read("load", loadState(path))),
    totals: remembered(read("totals", totals(path))),
    recordIntent: (intent, identity) => write("recordIntent", putIntent(intent, identity)),
    recordOrder: (order) => write("recordOrder", putOrder(order)),
    recordFill: (fill, position) => write("recordFill", putFill(path, fill, position)),
    recordPosition: (position) => write("recordPosition", putPosition(position)),
    recordWindow: (window) => write("recordWindow", putWindow(window)),
    recordSettlement: (resolution, positions) =>
      write("recordSettlement", putSettlement(resolution, positions)),
    recordEvent: (kind, fields) =>
      Effect.flatMap(Clock.currentTimeMillis, (atMs) =>
        write("recordEvent", putEvent(atMs, kind, fields, settings.keepEvents))
      ),
    recordTick: (summary) => write("recordTick", putTick(summary, settings.keepTicks)),
    recordCashMark: (mark) => write("recordCashMark", putCashMark(mark)),
    cashMark: read("cashMark", cashMark(path)),
    openPositions: read("openPositions", openPositions(path)),
    everHeld: (tokenId) => read("everHeld", everHeld(path, tokenId)),
    orderById: (orderId) => read("orderById", orderById(path, orderId)),
    settledOutcome: (slug) => read("settledOutcome", resolutionOf(path, slug))
  })
}

/** Where an account is held, and who it is for messages. */
export interface AccountLock {
  readonly directory: string
  readonly account: string
}

/** An account is held for as long as its journal: two daemons with two state directories would not know of each other's orders. */
const holdAccount = ({ account, directory }: AccountLock, stateDir: string) =>
  Effect.zipRight(
    secureDirectory(MODULE, directory),
    holdDirectory(MODULE, directory, {
      what: `account ${account}`,
      note: `state directory ${stateDir}`,
      remedy: "Stop the other one first: an account is traded by one at a time."
    })
  )

/**
 * Takes the state directory and the account (where one is given) for this process alone, checks and opens `tradewind.db` in it,
 * takes its lease, and gives all back in reverse. `world` names what the journal is about (mode, account, seed); a journal of
 * another world is refused with `WrongWorld`. A write after somebody else has taken the lease is refused with `HeldByAnother`.
 * Raises every reason of PersistenceError; what it refuses it leaves untouched.
 */
export const layerConfig = (
  settings: typeof Settings.Type,
  stateDir: string,
  world?: string,
  account?: AccountLock
): Layer.Layer<Persistence, PersistenceError, FileSystem.FileSystem | Path.Path> =>
  Layer.scoped(
    Persistence,
    Effect.gen(function* () {
      const path = yield* Path.Path
      const directory = path.resolve(stateDir)
      yield* secureDirectory(MODULE, directory)
      yield* holdDirectory(MODULE, directory)
      if (account !== undefined) yield* holdAccount(account, directory)
      const file = path.join(directory, DATABASE_FILE)
      const database = yield* openDatabase({
        module: MODULE,
        path: file,
        applicationId: JOURNAL_APPLICATION_ID,
        migrations: journalMigrations,
        busyTimeoutMs: settings.busyTimeoutMs,
        // What is longer is walked by the first backup, beside the trading: see backups.ts.
        wholeCheckBytes: settings.backupEveryMs === 0 ? Number.POSITIVE_INFINITY : WHOLE_CHECK_BYTES,
        ...(world === undefined ? {} : { examine: checkWorld(file, world) })
      })
      if (world !== undefined) yield* database.write("bindWorld", bindWorld(world))
      const nowMs = yield* Clock.currentTimeMillis
      const lease = yield* database.write("takeLease", takeLease(yield* ProcessId, nowMs))
      // Everything is on disk already; this empties the log, so that the file alone is the whole journal.
      yield* Effect.addFinalizer(() => Effect.ignoreLogged(database.flush))
      return service(database, settings, lease)
    })
  )
