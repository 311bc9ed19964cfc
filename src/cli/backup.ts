/** `tradewind backup`: a proved copy of the journal, of a daemon that runs or of one that does not. */
import { Command, Options } from "@effect/cli"
import { Effect, Option } from "effect"
import { runBackup } from "../composition/backup.ts"
import { ExitWith } from "./exit-with.ts"
import { flag, modeFlag } from "./flag-values.ts"

const FLAGS = {
  "state-dir": flag("state-dir", "DIR", "folder of the journal; without it, that of the mode").pipe(
    Options.optional
  ),
  mode: modeFlag("whose state folder, where none is named (default: sim)").pipe(
    Options.withDefault("sim" as const)
  ),
  to: flag("to", "FILE", "the copy; nothing may be there yet. Without it, the next one in DIR/backups").pipe(
    Options.optional
  )
}

/** The flags of `backup`, with their dashes. */
export const BACKUP_FLAGS: ReadonlyArray<string> = Object.keys(FLAGS).map((name) => `--${name}`)

export const backupCommand = Command.make("backup", FLAGS, (given) =>
  Effect.gen(function* () {
    const exitCode = yield* runBackup({
      stateDir: Option.getOrUndefined(given["state-dir"]),
      mode: given.mode,
      to: Option.getOrUndefined(given.to)
    })
    if (exitCode !== 0) return yield* new ExitWith({ exitCode })
  })
).pipe(Command.withDescription("Back the journal up and check the copy, whether or not a daemon runs on it"))
