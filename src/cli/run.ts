/** `tradewind run`: the daemon. */
import { Command, Options } from "@effect/cli"
import { Effect, Option } from "effect"
import type { RunFlags } from "../composition/flags.ts"
import { parseDurationMs } from "./duration.ts"
import { ExitWith } from "./exit-with.ts"
import { flag, modeFlag, read, seedFlag, speedFlag } from "./flag-values.ts"

const TRANSPORTS = ["in-process", "sockets"] as const
/** The options of `run`, by their names. */
export const RUN_OPTIONS = {
  mode: modeFlag(
    "sim: built-in market (default); replay: a recording; paper: the venue's market, simulated money; live: real money (docs/operations.md)"
  ).pipe(Options.optional),
  config: flag(
    "config",
    "FILE",
    "a configuration file (JSON), on top of config/default.json and the mode's own"
  ).pipe(Options.optional),
  data: flag("data", "FILE", "the recording that mode replay plays, made by `tradewind import`").pipe(
    Options.optional
  ),
  seed: seedFlag("seed of all chance; without --state-dir such a run keeps nothing").pipe(Options.optional),
  speed: speedFlag.pipe(Options.optional),
  for: flag(
    "for",
    "DURATION",
    "market time after which the run stops by itself, such as 90s, 30m or 1h30m"
  ).pipe(
    Options.mapEffect(
      read("for", "a duration above 0 such as 90s, 30m or 1h30m", (text) =>
        Option.getOrUndefined(parseDurationMs(text))
      )
    ),
    Options.optional
  ),
  transport: flag(
    "transport",
    TRANSPORTS.join("|"),
    "how the built-in exchange is reached: in-process (default), or sockets of this machine"
  ).pipe(
    Options.mapEffect(
      read("transport", `one of ${TRANSPORTS.join(", ")}`, (text) => TRANSPORTS.find((each) => each === text))
    ),
    Options.optional
  ),
  "state-dir": flag(
    "state-dir",
    "DIR",
    "folder of the journal and of the market's state; a later run goes on from it"
  ).pipe(Options.optional),
  summary: flag("summary", "FILE", "file that gets the summary of the run as JSON").pipe(Options.optional)
}

/** The flags of `run`, with their dashes. */
export const RUN_FLAGS: ReadonlyArray<string> = Object.keys(RUN_OPTIONS).map((name) => `--${name}`)

/** The command over whatever runs the daemon; its exit code, where it is not 0, ends the program. */
export const runCommand = <R>(run: (flags: RunFlags) => Effect.Effect<number, never, R>) =>
  Command.make("run", RUN_OPTIONS, (given) =>
    Effect.gen(function* () {
      const exitCode = yield* run({
        mode: Option.getOrUndefined(given.mode),
        config: Option.getOrUndefined(given.config),
        data: Option.getOrUndefined(given.data),
        seed: Option.getOrUndefined(given.seed),
        speed: Option.getOrUndefined(given.speed),
        forMs: Option.getOrUndefined(given.for),
        transport: Option.getOrUndefined(given.transport),
        stateDir: Option.getOrUndefined(given["state-dir"]),
        summary: Option.getOrUndefined(given.summary)
      })
      if (exitCode !== 0) return yield* new ExitWith({ exitCode })
    })
  ).pipe(Command.withDescription("Run the daemon until a signal, --for or the end of the recording"))
