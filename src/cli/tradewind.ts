/** The command line: `tradewind [run|reconcile|backup|import|exchange] …`; without a command it runs the daemon. */
import { CliConfig, Command, ValidationError } from "@effect/cli"
import { type Console, type Context, Effect } from "effect"
import { EXIT_CODES } from "../orchestrator/policy.ts"
import { Machine } from "../ports/machine.ts"
import { VERSION } from "../composition/version.ts"
import type { RunFlags } from "../composition/flags.ts"
import { BACKUP_FLAGS, backupCommand } from "./backup.ts"
import { EXCHANGE_FLAGS, exchangeCommand } from "./exchange.ts"
import { ExitWith } from "./exit-with.ts"
import type { ReconcileFlags } from "../composition/reconcile.ts"
import { RECONCILE_FLAGS, reconcileCommand } from "./reconcile.ts"
import { IMPORT_FLAGS, importCommand } from "./import.ts"
import { RUN_FLAGS, runCommand } from "./run.ts"
import { type KnownWords, plainText, usageText } from "./usage.ts"

/** Flags of the program itself; everything else that begins with a dash is meant for `run`. */
const OWN_FLAGS = new Set(["--help", "-h", "--version", "--wizard", "--completions"])

const KNOWN: KnownWords = {
  commands: ["run", "reconcile", "backup", "import", "exchange"],
  flags: {
    run: RUN_FLAGS,
    reconcile: RECONCILE_FLAGS,
    backup: BACKUP_FLAGS,
    import: IMPORT_FLAGS,
    exchange: EXCHANGE_FLAGS
  }
}

/** `tradewind --seed 7` is `tradewind run --seed 7`. */
export const withDefaultCommand = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  const first = argv[2]
  const isOwn = first !== undefined && (!first.startsWith("-") || OWN_FLAGS.has(first))
  return isOwn ? argv : [...argv.slice(0, 2), "run", ...argv.slice(2)]
}

/** The program's text goes where the machine's does, without colours where nobody sees them; errors are told once, by us. */
const speakingThrough = (machine: Context.Tag.Service<Machine>) =>
  Effect.consoleWith((current) =>
    Effect.succeed<Console.Console>({
      ...current,
      log: (...parts) =>
        Effect.sync(() => {
          const text = parts.join(" ").trimEnd()
          machine.output.write(machine.output.isTerminal ? text : plainText(text))
        }),
      error: () => Effect.void
    })
  )

/** What the commands that need the daemon's modules run. */
export interface Programs<R> {
  readonly run: (flags: RunFlags) => Effect.Effect<number, never, R>
  readonly reconcile: (flags: ReconcileFlags) => Effect.Effect<number, never, R>
}

/** Runs the command line over whatever runs the daemon; answers with the exit code of design.md §6. */
export const commandLine = <R>({ reconcile, run }: Programs<R>) => {
  const root = Command.make("tradewind").pipe(
    Command.withDescription("Trades Polymarket's short crypto windows, unattended"),
    Command.withSubcommands([
      runCommand(run),
      reconcileCommand(reconcile),
      backupCommand,
      importCommand,
      exchangeCommand
    ])
  )
  const parse = Command.run(root, { name: "Tradewind", version: VERSION })
  return Effect.gen(function* () {
    const machine = yield* Machine
    const argv = withDefaultCommand(machine.argv)
    return yield* parse(argv).pipe(
      Effect.as(EXIT_CODES.clean as number),
      Effect.catchAll((error) => {
        if (error instanceof ExitWith) return Effect.succeed(error.exitCode)
        if (ValidationError.isValidationError(error)) {
          machine.writeError(usageText(error, argv.slice(2), KNOWN))
          return Effect.succeed(EXIT_CODES.usage)
        }
        machine.writeError(error.message)
        return Effect.succeed(EXIT_CODES.config)
      }),
      Effect.withConsole(yield* speakingThrough(machine))
    )
  }).pipe(Effect.provide(CliConfig.layer({ showBuiltIns: false })))
}
