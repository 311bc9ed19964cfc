/** Backups of the journal: by hand, and by a process of their own beside the daemon. */
import { Command, type CommandExecutor, type FileSystem, Path } from "@effect/platform"
import { Duration, Effect, Stream } from "effect"
import { backUpJournal, nextBackup } from "../modules/persistence/backups.ts"
import { EXIT_CODES } from "../orchestrator/policy.ts"
import { Machine } from "../ports/machine.ts"
import { PersistenceError } from "../ports/persistence.ts"
import type { Mode } from "./app-config.ts"
import { stateDirectory } from "./state-directory.ts"

/** What the command line says; absent flags are undefined. */
export interface BackupFlags {
  readonly stateDir: string | undefined
  /** Whose state directory, where none is named. */
  readonly mode: Mode
  readonly to: string | undefined
}

type Platform = Machine | FileSystem.FileSystem | Path.Path

/** sysexits.h EX_DATAERR: the journal itself is damaged, whatever else may be wrong with a backup is told by EXIT_CODES.disk. */
const DAMAGED_EXIT_CODE = 65

/** Longest time a backup may take before the process that makes it is ended. */
const BOUND = Duration.minutes(30)
/** Words of the other process that are passed on. */
const MAX_WORDS = 2_000

const MEBIBYTE = 1_024 * 1_024

/** Makes a backup by hand; answers with the exit code. */
export const runBackup = (flags: BackupFlags): Effect.Effect<number, never, Platform> =>
  Effect.scoped(
    Effect.gen(function* () {
      const machine = yield* Machine
      const path = yield* Path.Path
      const state = yield* stateDirectory(
        { stateDir: flags.stateDir ?? null, mode: flags.mode },
        { seed: undefined },
        machine.environment
      )
      const to = flags.to === undefined ? yield* nextBackup(state.path) : path.resolve(flags.to)
      const bytes = yield* backUpJournal(state.path, to)
      machine.output.write(`${to}: ${(bytes / MEBIBYTE).toFixed(1)} MiB, whole and checked`)
      return EXIT_CODES.clean
    })
  ).pipe(
    Effect.catchAll((error) =>
      Effect.map(Machine, (machine) => {
        machine.writeError(error.message)
        if (error._tag !== "PersistenceError") return EXIT_CODES.config
        return error.reason === "Corrupt" ? DAMAGED_EXIT_CODE : EXIT_CODES.disk
      })
    )
  )

const wordsOf = (bytes: Stream.Stream<Uint8Array, unknown>) =>
  Stream.decodeText(bytes).pipe(
    Stream.runFold("", (told, more) => `${told}${more}`.slice(-MAX_WORDS)),
    Effect.orElseSucceed(() => "")
  )

/**
 * Has `tradewind backup` make the copy: walking the journal takes seconds in which the daemon would stand still. The other
 * process is killed where the daemon stops first; what it leaves is removed by the next backup.
 */
export const backupAside = (
  stateDir: string
): Effect.Effect<
  (to: string) => Effect.Effect<void, PersistenceError>,
  never,
  Machine | CommandExecutor.CommandExecutor
> =>
  Effect.gen(function* () {
    const { argv } = yield* Machine
    const context = yield* Effect.context<CommandExecutor.CommandExecutor>()
    const [program = "", script = ""] = argv
    return (to: string) => {
      const failure = (reason: PersistenceError["reason"], message: string, cause?: unknown) =>
        new PersistenceError({ module: "persistence", operation: "backup", path: to, reason, message, cause })
      const command = Command.make(program, script, "backup", "--state-dir", stateDir, "--to", to)
      return Effect.gen(function* () {
        const aside = yield* Effect.acquireRelease(Command.start(command), (running) =>
          Effect.ignore(running.kill("SIGKILL"))
        )
        const [exitCode, words] = yield* Effect.all([aside.exitCode, wordsOf(aside.stderr)], {
          concurrency: "unbounded"
        })
        if (exitCode === EXIT_CODES.clean) return
        const message = words.trim() === "" ? `the backup ended with ${exitCode}` : words.trim()
        return yield* failure(exitCode === DAMAGED_EXIT_CODE ? "Corrupt" : "Unavailable", message)
      }).pipe(
        Effect.scoped,
        Effect.timeoutFail({
          duration: BOUND,
          onTimeout: () => failure("Unavailable", "the backup took too long")
        }),
        Effect.catchTags({
          BadArgument: (error) => Effect.fail(failure("Unavailable", error.message, error)),
          SystemError: (error) => Effect.fail(failure("Unavailable", error.message, error))
        }),
        Effect.provide(context)
      )
    }
  })
