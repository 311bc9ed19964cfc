/** The journal in SQLite: one file in the state directory, on disk before a call returns. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Clock, Effect, Layer, Schema } from "effect"
import { Persistence, type PersistenceError } from "../../ports/persistence.ts"
import { type Database, openDatabase } from "../../storage/sqlite.ts"
import { holdDirectory, secureDirectory } from "../../storage/state-directory.ts"
import { cashMark, everHeld, putCashMark } from "./reconciling.ts"
import { putEvent, putTick } from "./logs.ts"
import { loadState, openPositions, orderById, resolutionOf, totals } from "./reads.ts"
import { JOURNAL_APPLICATION_ID, journalMigrations } from "./schema.ts"
import { bindWorld, checkWorld } from "./world.ts"
import { putFill, putIntent, putOrder, putPosition, putSettlement, putWindow } from "./writes.ts"

const setting = <A extends number>(schema: Schema.Schema<A>, fallback: NoInfer<A>, description: string) =>
  Schema.optionalWith(schema.annotations({ description }), { default: () => fallback })

export const Settings = Schema.Struct({
  busyTimeoutMs: setting(
    Schema.Int.pipe(Schema.between(0, 50)),
    50,
    "How long one attempt waits for another program that writes to the journal, milliseconds, 0 to 50. The daemon stands still meanwhile; after five attempts the write fails."
  ),
  keepTicks: setting(
    Schema.Int.pipe(Schema.between(60, 1_000_000)),
    86_400,
    "How many ticks back their summaries are kept, 60 to 1,000,000. A day at one tick a second."
  ),
  keepEvents: setting(
    Schema.Int.pipe(Schema.between(100, 1_000_000)),
    100_000,
    "How many entries of the event log are kept, 100 to 1,000,000."
  )
})

const MODULE = "persistence"
const DATABASE_FILE = "tradewind.db"

const service = (database: Database, settings: typeof Settings.Type) => {
  const { path, read, write } = database
  return Persistence.of({
    path,
    load: read("load", loadState(path)),
    totals: read("totals", totals(path)),
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

/**
 * Takes the state directory for this process alone, checks and opens `tradewind.db` in it, and gives both back in reverse.
 * `world` names what the journal is about (mode, account, seed); a journal of another world is refused with `WrongWorld`.
 * Raises every reason of PersistenceError; what it refuses it leaves untouched.
 */
export const layerConfig = (
  settings: typeof Settings.Type,
  stateDir: string,
  world?: string
): Layer.Layer<Persistence, PersistenceError, FileSystem.FileSystem | Path.Path> =>
  Layer.scoped(
    Persistence,
    Effect.gen(function* () {
      const path = yield* Path.Path
      const directory = path.resolve(stateDir)
      yield* secureDirectory(MODULE, directory)
      yield* holdDirectory(MODULE, directory)
      const file = path.join(directory, DATABASE_FILE)
      const database = yield* openDatabase({
        module: MODULE,
        path: file,
        applicationId: JOURNAL_APPLICATION_ID,
        migrations: journalMigrations,
        busyTimeoutMs: settings.busyTimeoutMs,
        ...(world === undefined ? {} : { examine: checkWorld(file, world) })
      })
      if (world !== undefined) yield* database.write("bindWorld", bindWorld(world))
      // Everything is on disk already; this empties the log, so that the file alone is the whole journal.
      yield* Effect.addFinalizer(() => Effect.ignoreLogged(database.flush))
      return service(database, settings)
    })
  )
