/** `tradewind exchange`: the embedded exchange alone. */
import { Command, Options } from "@effect/cli"
import { Effect, Option } from "effect"
import { runExchange } from "../composition/exchange.ts"
import { ExitWith } from "./exit-with.ts"
import { flag, portFlag, seedFlag, speedFlag } from "./flag-values.ts"

const DEFAULT_PORT = 8787

const FLAGS = {
  port: portFlag.pipe(Options.withDefault(DEFAULT_PORT)),
  seed: seedFlag("seed of the market, of the faults and of the API keys").pipe(Options.optional),
  speed: speedFlag.pipe(Options.withDefault(1)),
  faults: flag("faults", "FILE", "a fault script (docs/exchange.md)").pipe(Options.optional),
  "state-dir": flag(
    "state-dir",
    "DIR",
    "folder of the exchange's state; a later run goes on from it. Without it nothing is kept"
  ).pipe(Options.optional)
}

/** The flags of `exchange`, with their dashes. */
export const EXCHANGE_FLAGS: ReadonlyArray<string> = Object.keys(FLAGS).map((name) => `--${name}`)

export const exchangeCommand = Command.make("exchange", FLAGS, (given) =>
  Effect.gen(function* () {
    const exitCode = yield* runExchange({
      port: given.port,
      seed: Option.getOrUndefined(given.seed),
      speed: given.speed,
      faults: Option.getOrUndefined(given.faults),
      stateDir: Option.getOrUndefined(given["state-dir"])
    })
    if (exitCode !== 0) return yield* new ExitWith({ exitCode })
  })
).pipe(Command.withDescription("Run the built-in exchange on a port of this machine until a signal"))
