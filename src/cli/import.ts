/** `tradewind import <source> <in> <out>`: recorded market data into a recording that `--mode replay` plays. */
import { Args, Command, HelpDoc, Options } from "@effect/cli"
import { Console, Effect, Option, Schema } from "effect"
import { SourceName } from "../recordings/format.ts"
import { importRecording } from "../recordings/import.ts"
import { summaryOf } from "../recordings/summary.ts"

const isSource = Schema.is(SourceName)
const SOURCES = SourceName.literals.join(", ")

const source = Args.text({ name: "source" }).pipe(
  Args.mapEffect((text) =>
    isSource(text)
      ? Effect.succeed(text)
      : Effect.fail(HelpDoc.p(`<source> ${text}: one of ${SOURCES} is needed`))
  ),
  Args.withDescription(`which collection the data is of: ${SOURCES}`)
)

const input = Args.text({ name: "in" }).pipe(
  Args.withDescription("a file of the collection, or the folder with its files")
)

const output = Args.text({ name: "out" }).pipe(
  Args.withDescription("the recording to write, such as day.jsonl.gz")
)

const windows = Options.text("windows").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription(
    "the table with the windows' outcomes; else windows.csv.gz beside <in> or one folder up"
  ),
  Options.optional
)

const spot = Options.text("spot").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription(
    "a table of candles (open_time_s, close) for the spot price; else the recording has none"
  ),
  Options.optional
)

const overwrite = Options.boolean("overwrite").pipe(Options.withDescription("replace <out> where it exists"))

const FLAGS = { windows, spot, overwrite }

/** The flags of `import`, with their dashes. */
export const IMPORT_FLAGS: ReadonlyArray<string> = Object.keys(FLAGS).map((name) => `--${name}`)

export const importCommand = Command.make("import", { source, in: input, out: output, ...FLAGS }, (given) =>
  importRecording({
    source: given.source,
    input: given.in,
    output: given.out,
    windows: Option.getOrUndefined(given.windows),
    spot: Option.getOrUndefined(given.spot),
    overwrite: given.overwrite
  }).pipe(Effect.flatMap(({ footer, header }) => Console.log(summaryOf(given.out, header, footer))))
).pipe(Command.withDescription("Turn recorded market data into a recording that can be replayed"))
