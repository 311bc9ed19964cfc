/**
 * The daemon's log: one event a line, JSON for machines, aligned text for a terminal. An event is logged by its name,
 * with its facts as annotations: `Effect.logInfo("module_ready").pipe(Effect.annotateLogs({ module, durationMs }))`.
 */
import { Layer, Logger, LogLevel, Schema } from "effect"
import { jsonLine } from "./json-line.ts"
import { toLogEvent } from "./log-event.ts"
import { prettyLine } from "./pretty-line.ts"
import type { SecretRegistry } from "./secrets.ts"

const levels = {
  trace: LogLevel.Trace,
  debug: LogLevel.Debug,
  info: LogLevel.Info,
  warn: LogLevel.Warning,
  error: LogLevel.Error,
  fatal: LogLevel.Fatal,
  none: LogLevel.None
} as const

export const Settings = Schema.Struct({
  format: Schema.optionalWith(
    Schema.Literal("auto", "json", "pretty").annotations({
      description: 'how log lines look: "json", "pretty", or "auto" (pretty on a terminal, else JSON)'
    }),
    { default: () => "auto" as const }
  ),
  level: Schema.optionalWith(
    Schema.Literal("trace", "debug", "info", "warn", "error", "fatal", "none").annotations({
      description: "the least severe level that is written: trace, debug, info, warn, error, fatal or none"
    }),
    { default: () => "info" as const }
  ),
  maxLineBytes: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(512, 1_048_576)).annotations({
      description: "longest log line in bytes, 512 to 1048576; longer ones are cut and marked"
    }),
    { default: () => 16_384 }
  )
})

/** Where log lines go, provided by the process's edge. */
export interface LogSink {
  /** Takes one line, without a line break at its end. What it throws is ignored: a log must not stop the daemon. */
  readonly write: (line: string) => void
  /** True where a person reads along. */
  readonly isTerminal: boolean
  /** Whether to colour pretty lines; as `isTerminal` where absent. */
  readonly colours?: boolean
}

const makeLogger = (settings: typeof Settings.Type, sink: LogSink, secrets: SecretRegistry) => {
  const pretty = settings.format === "pretty" || (settings.format === "auto" && sink.isTerminal)
  const colours = sink.colours ?? sink.isTerminal
  return Logger.make<unknown, void>((options) => {
    try {
      const event = toLogEvent(options, secrets.redact)
      sink.write(
        pretty ? prettyLine(event, colours, settings.maxLineBytes) : jsonLine(event, settings.maxLineBytes)
      )
    } catch {
      // A broken pipe, a full disk: nobody is left to be told.
    }
  })
}

/** Replaces Effect's logger, for everything that is built on this layer. */
export const layerConfig = (
  settings: typeof Settings.Type,
  sink: LogSink,
  secrets: SecretRegistry
): Layer.Layer<never> =>
  Layer.merge(
    Logger.replace(Logger.defaultLogger, makeLogger(settings, sink, secrets)),
    Logger.minimumLogLevel(levels[settings.level])
  )
