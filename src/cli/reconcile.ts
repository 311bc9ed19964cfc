/** `tradewind reconcile`: a stopped run's journal compared with its venue. */
import { Command, Options } from "@effect/cli"
import { Effect, Option } from "effect"
import type { ReconcileFlags } from "../composition/reconcile.ts"
import { ExitWith } from "./exit-with.ts"
import { RUN_OPTIONS } from "./run.ts"

const FLAGS = {
  mode: RUN_OPTIONS.mode,
  config: RUN_OPTIONS.config,
  data: RUN_OPTIONS.data,
  seed: RUN_OPTIONS.seed,
  transport: RUN_OPTIONS.transport,
  "state-dir": RUN_OPTIONS["state-dir"],
  "accept-cash": Options.boolean("accept-cash").pipe(
    Options.withDescription("take the cash at the venue as it is, whatever our books explain of it")
  )
}

/** The flags of `reconcile`, with their dashes. */
export const RECONCILE_FLAGS: ReadonlyArray<string> = Object.keys(FLAGS).map((name) => `--${name}`)

/** The command over whatever compares; its exit code, where it is not 0, ends the program. */
export const reconcileCommand = <R>(run: (flags: ReconcileFlags) => Effect.Effect<number, never, R>) =>
  Command.make("reconcile", FLAGS, (given) =>
    Effect.gen(function* () {
      const exitCode = yield* run({
        mode: Option.getOrUndefined(given.mode),
        config: Option.getOrUndefined(given.config),
        data: Option.getOrUndefined(given.data),
        seed: Option.getOrUndefined(given.seed),
        transport: Option.getOrUndefined(given.transport),
        stateDir: Option.getOrUndefined(given["state-dir"]),
        acceptCash: given["accept-cash"]
      })
      if (exitCode !== 0) return yield* new ExitWith({ exitCode })
    })
  ).pipe(
    Command.withDescription("Compare the journal of a stopped run with its venue, and print what differs")
  )
