/** Values of flags: what is allowed, and the words for what is not. */
import { HelpDoc, Options, ValidationError } from "@effect/cli"
import { Effect, Schema } from "effect"
import { Mode } from "../composition/app-config.ts"

const refuse = (text: string) => Effect.fail(ValidationError.invalidValue(HelpDoc.p(text)))

const DECIMAL = /^\d+(\.\d+)?$/

/** A flag's text as what it means; `allowed` is what the refusal asks for. */
export const read =
  <A>(flag: string, allowed: string, parse: (text: string) => A | undefined) =>
  (text: string) => {
    const value = parse(text)
    return value === undefined ? refuse(`--${flag} ${text}: ${allowed} is needed`) : Effect.succeed(value)
  }

const numberWithin = (min: number, max: number) => (text: string) => {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : undefined
}

const wholeNumberWithin = (min: number, max: number) => (text: string) => {
  const value = numberWithin(min, max)(text)
  return Number.isSafeInteger(value) ? value : undefined
}

export const flag = (name: string, value: string, description: string) =>
  Options.text(name).pipe(Options.withPseudoName(value), Options.withDescription(description))

export const seedFlag = (description: string) =>
  flag("seed", "N", description).pipe(
    Options.mapEffect(
      read("seed", "a whole number from 0 to 9007199254740991", wholeNumberWithin(0, Number.MAX_SAFE_INTEGER))
    )
  )

export const speedFlag = flag("speed", "X", "market seconds per real second, 0.01 to 1000000").pipe(
  Options.mapEffect(
    read(
      "speed",
      "a number of market seconds per real second from 0.01 to 1000000",
      numberWithin(0.01, 1_000_000)
    )
  )
)

const isMode = Schema.is(Mode)

export const modeFlag = (description: string) =>
  flag("mode", Mode.literals.join("|"), description).pipe(
    Options.mapEffect(
      read("mode", `one of ${Mode.literals.join(", ")}`, (text) => (isMode(text) ? text : undefined))
    )
  )

export const portFlag = flag("port", "N", "the port to listen on, 0 for any that is free").pipe(
  Options.mapEffect(read("port", "a whole number from 0 to 65535", wholeNumberWithin(0, 65_535)))
)
