/** What is wrong with a command line, in words that name the flag, its value, and what to do. */
import { HelpDoc, type ValidationError } from "@effect/cli"
import { nearest } from "../config/nearest.ts"

/** Flags and commands the words may refer to. */
export interface KnownWords {
  readonly commands: ReadonlyArray<string>
  /** The flags of each command, with their dashes. */
  readonly flags: Readonly<Record<string, ReadonlyArray<string>>>
}

// oxlint-disable-next-line no-control-regex -- the escape sequences that colour a terminal's text
const COLOURS = /\u001B\[[\d;]*m/g

/** Text without a terminal's colours. */
export const plainText = (text: string): string => text.replaceAll(COLOURS, "")

const UNKNOWN_ARGUMENT = /^Received unknown argument: '([^']*)'/
const UNKNOWN_COMMAND = /^Invalid subcommand/

const unknownArgument = (word: string, command: string, known: KnownWords): string => {
  const flags = known.flags[command] ?? []
  if (!word.startsWith("-")) return `${word}: "${command}" takes no such argument`
  const [flag = word] = word.split("=")
  if (flags.includes(flag)) return `${flag}: it needs a value, and is given once`
  const meant = nearest(flag, flags)
  return `${flag}: unknown flag${meant === undefined ? "" : `, the nearest known one is ${meant}`}`
}

/** One line of what is wrong, and one of where to read on. `args` are the words after the program's name. */
export const usageText = (
  error: ValidationError.ValidationError,
  args: ReadonlyArray<string>,
  known: KnownWords
): string => {
  const text = plainText(HelpDoc.toAnsiText(error.error)).trim()
  const command = args[0] ?? ""
  const isCommand = known.commands.includes(command)
  const argument = UNKNOWN_ARGUMENT.exec(text)?.[1]
  let problem = text
  if (argument !== undefined) problem = unknownArgument(argument, command, known)
  else if (UNKNOWN_COMMAND.test(text)) {
    problem = `${command}: unknown command, the commands are ${known.commands.join(", ")}`
  }
  return `${problem}\nSee: tradewind ${isCommand ? `${command} ` : ""}--help`
}
