import { describe, expect, it } from "@effect/vitest"
import { Cause, Data, Effect, FastCheck as fc, Redacted, Schema, TestClock } from "effect"
import { layerConfig, Settings } from "../../../src/modules/logger/logger.ts"
import { makeSecretRegistry } from "../../../src/modules/logger/secrets.ts"

const defaults = Schema.decodeSync(Settings)({})

/** Runs an effect under the logger and answers the lines it wrote. */
const linesOf = (
  effect: Effect.Effect<unknown>,
  options: {
    readonly settings?: Partial<typeof Settings.Type>
    readonly isTerminal?: boolean
    readonly colours?: boolean
    readonly secrets?: ReadonlyArray<string>
  } = {}
) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const secrets = makeSecretRegistry()
    for (const secret of options.secrets ?? []) secrets.register(secret)
    const sink = {
      write: (line: string) => void lines.push(line),
      isTerminal: options.isTerminal ?? false,
      ...(options.colours === undefined ? {} : { colours: options.colours })
    }
    return effect.pipe(
      Effect.provide(layerConfig({ ...defaults, ...options.settings }, sink, secrets)),
      Effect.as(lines)
    )
  })

const parsed = (line: string | undefined) => JSON.parse(line ?? "null") as Record<string, unknown>

const circular: Record<string, unknown> = { name: "loop" }
circular["self"] = circular

const hostile = fc.constantFrom<ReadonlyArray<unknown>>(
  [circular],
  [new Map<unknown, unknown>([[circular, new Set([1n])]])],
  [new Error("with cause", { cause: new Error("inner") })],
  [Object.defineProperty({}, "trap", { enumerable: true, get: () => expect.unreachable() })],
  [new Proxy({}, { ownKeys: () => expect.unreachable() })],
  [{ toJSON: () => expect.unreachable() }],
  [Symbol("s"), () => 1, undefined, Number.NaN, new Date(Number.NaN)],
  ["line\nbreak\u2028\u0085\u001b[2J\ud800"],
  ["x".repeat(40_000)],
  [JSON.parse('{"__proto__": {"polluted": true}}')]
)
const anyValue = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withTypedArray: true,
    withSparseArray: true
  }),
  hostile
)

describe("json lines", () => {
  it.effect("layerConfig – writes time, level, event, module and the fields, in this order", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_766_707_200_123)
      const lines = yield* linesOf(
        Effect.logInfo("module_ready").pipe(Effect.annotateLogs({ durationMs: 12, module: "spot" }))
      )
      expect(lines).toEqual([
        '{"ts":"2025-12-26T00:00:00.123Z","level":"info","event":"module_ready","module":"spot","durationMs":12}'
      ])
    })
  )

  it.effect.prop(
    "layerConfig – any annotation, message and cause make exactly one line of valid JSON within the bound",
    { name: fc.string(), value: anyValue, message: anyValue, failure: anyValue },
    ({ failure, message, name, value }) =>
      Effect.gen(function* () {
        const log = Effect.logError("step_failed", message, Cause.fail(failure))
        const lines = yield* linesOf(log.pipe(Effect.annotateLogs(name, value)), {
          settings: { maxLineBytes: 2048 }
        })
        expect(lines).toHaveLength(1)
        const line = lines[0] ?? ""
        expect(line).not.toMatch(/[\n\r\u0085\u2028\u2029]/)
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2048)
        expect(parsed(line)).toMatchObject({ level: "error", event: "step_failed" })
      }),
    { fastCheck: { numRuns: 200 } }
  )

  it.effect("layerConfig – a long line keeps its event and module and says how long it was", () =>
    Effect.gen(function* () {
      const lines = yield* linesOf(
        Effect.logInfo("tick_complete").pipe(
          Effect.annotateLogs({ module: "loop", list: Array.from({ length: 90 }, () => "é".repeat(900)) })
        )
      )
      const line = parsed(lines[0])
      expect(line).toMatchObject({ event: "tick_complete", module: "loop" })
      expect(line["truncated"]).toBeGreaterThan(90 * 1800)
      expect(line["text"]).toContain("éé")
    })
  )

  it.effect("layerConfig – a cause is written with kind, tag, message and the stacks underneath", () =>
    Effect.gen(function* () {
      class Down extends Data.TaggedError("Down")<{ readonly message: string; readonly cause: unknown }> {}
      const failing = Effect.fail(new Down({ message: "feed is down", cause: new Error("ECONNRESET") }))
      const lines = yield* linesOf(
        failing.pipe(Effect.catchAllCause((cause) => Effect.logError("tick_error", cause)))
      )
      const cause = parsed(lines[0])["cause"] as Record<string, string>
      expect(cause).toMatchObject({ kind: "fail", tag: "Down", message: "feed is down" })
      expect(cause["stack"]).toContain("ECONNRESET")
      expect(cause["stack"]).toContain("logger.test.ts")
    })
  )

  it.effect(
    "layerConfig – text that is no event name becomes the message; fields cannot forge the line's own",
    () =>
      Effect.gen(function* () {
        const lines = yield* linesOf(
          Effect.logWarning("Fiber terminated", { level: "debug", n: 1n }).pipe(
            Effect.annotateLogs("ts", "forged")
          )
        )
        expect(parsed(lines[0])).toEqual({
          ts: "1970-01-01T00:00:00.000Z",
          level: "warn",
          event: "message",
          message: "Fiber terminated",
          ts_: "forged",
          level_: "debug",
          n: "1"
        })
      })
  )

  it.effect("level – less severe events are not written", () =>
    Effect.gen(function* () {
      const log = Effect.all([Effect.logDebug("a"), Effect.logInfo("b"), Effect.logWarning("c")])
      expect(yield* linesOf(log)).toHaveLength(2)
      expect(yield* linesOf(log, { settings: { level: "warn" } })).toHaveLength(1)
      expect(yield* linesOf(log, { settings: { level: "debug" } })).toHaveLength(3)
      expect(yield* linesOf(log, { settings: { level: "none" } })).toHaveLength(0)
    })
  )

  it.effect("write – a sink that throws does not fail the program", () =>
    Effect.gen(function* () {
      const sink = { write: () => expect.unreachable("EPIPE"), isTerminal: false }
      const exit = yield* Effect.logInfo("module_ready").pipe(
        Effect.as("went on"),
        Effect.provide(layerConfig(defaults, sink, makeSecretRegistry()))
      )
      expect(exit).toBe("went on")
    })
  )
})

describe("pretty lines", () => {
  const ready = Effect.logInfo("module_ready").pipe(
    Effect.annotateLogs({ module: "spot", durationMs: 12, note: "two words", evil: "\u001b[2J\nnext" })
  )

  it.effect("format – auto is pretty on a terminal and JSON elsewhere; a setting decides otherwise", () =>
    Effect.gen(function* () {
      const first = (lines: ReadonlyArray<string>) => lines[0]?.[0]
      expect(first(yield* linesOf(ready, { isTerminal: false }))).toBe("{")
      expect(first(yield* linesOf(ready, { isTerminal: true, colours: false }))).toBe("0")
      expect(first(yield* linesOf(ready, { isTerminal: true, settings: { format: "json" } }))).toBe("{")
      expect(first(yield* linesOf(ready, { settings: { format: "pretty" } }))).toBe("0")
    })
  )

  it.effect("prettyLine – is aligned, shows market time, and lets no text move the cursor", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_766_710_861_000)
      const lines = yield* linesOf(ready, { isTerminal: true, colours: false })
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(/^01:01:01 INFO {2}spot {13}module_ready {15}/)
      expect(lines[0]).toContain('note="two words"')
      expect(lines[0]).toContain("durationMs=12")
      // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
      expect(lines[0]).not.toMatch(/[\u0000-\u001f]/)
      const coloured = yield* linesOf(ready, { isTerminal: true })
      expect(coloured[0]).toContain("\u001b[32mINFO")
    })
  )

  it.effect("prettyLine – an error's stack follows, indented", () =>
    Effect.gen(function* () {
      const lines = yield* linesOf(Effect.logError("tick_error", Cause.die(new Error("boom"))), {
        isTerminal: true,
        colours: false
      })
      const [head, ...stack] = (lines[0] ?? "").split("\n")
      expect(head).toContain("tick_error")
      expect(stack[0]).toBe("    Error: boom")
      expect(stack.every((line) => line.startsWith("    "))).toBe(true)
    })
  )
})

describe("secrets", () => {
  const hexSecret = fc.hexaString({ minLength: 64, maxLength: 64 })
  const asciiSecret = fc.string({ minLength: 12, maxLength: 60, unit: "grapheme-ascii" })

  const spellings = (secret: string, around: string): ReadonlyArray<string> => {
    const bytes = Buffer.from(secret)
    return [
      secret,
      `0x${secret}`,
      secret.toUpperCase(),
      bytes.toString("hex"),
      bytes.toString("hex").toUpperCase(),
      bytes.toString("base64"),
      bytes.toString("base64url"),
      encodeURIComponent(secret),
      ...(/^[0-9a-f]{64}$/.test(secret) ? [Buffer.from(secret, "hex").toString("base64")] : []),
      Buffer.from(`${around}:${secret}`)
        .toString("base64")
        .slice(Math.ceil(((around.length + 1) * 8) / 6), -4)
    ]
  }

  it.effect.prop(
    "redact – a registered secret appears in no spelling, in no place of a line, in no format",
    { secret: fc.oneof(hexSecret, asciiSecret), around: fc.string({ unit: "grapheme-ascii", maxLength: 9 }) },
    ({ around, secret }) =>
      Effect.gen(function* () {
        const bytes = Buffer.from(secret)
        const basic = Buffer.from(`${around}:${secret}`).toString("base64")
        const said = [...spellings(secret, around).slice(0, -1), basic]
        const log = Effect.logError(
          "order_sent",
          { list: said },
          Cause.fail(new Error(said.join(` ${around} `)))
        ).pipe(
          Effect.annotateLogs({
            ...Object.fromEntries(said.map((text, index) => [`field${index}`, { deep: [text] }])),
            [`key ${secret}`]: 1,
            url: new URL(`https://x.example/?q=${encodeURIComponent(secret)}`),
            bytes,
            hidden: Redacted.make(secret),
            json: JSON.stringify({ secret })
          })
        )
        for (const settings of [{ format: "json" }, { format: "pretty" }] as const) {
          const lines = yield* linesOf(log, {
            settings: { ...settings, maxLineBytes: 65_536 },
            secrets: [secret]
          })
          const line = lines.join("\n").toLowerCase()
          for (const text of spellings(secret, around)) expect(line).not.toContain(text.toLowerCase())
        }
      }),
    { fastCheck: { numRuns: 100 } }
  )

  it.effect("plain – fields with a secret's name are hidden at any depth; token ids are not", () =>
    Effect.gen(function* () {
      const lines = yield* linesOf(
        Effect.logInfo("connected").pipe(
          Effect.annotateLogs({
            account: {
              privateKey: "a",
              API_KEY: "b",
              "poly-passphrase": "c",
              accessToken: "d",
              clientSecret: "e"
            },
            headers: new Map([["Authorization", "f"]]),
            token: "g",
            tokenId: "123",
            token_id: "456",
            tokens: ["789"]
          })
        )
      )
      expect(parsed(lines[0])).toMatchObject({
        account: {
          privateKey: "<redacted>",
          API_KEY: "<redacted>",
          "poly-passphrase": "<redacted>",
          accessToken: "<redacted>",
          clientSecret: "<redacted>"
        },
        headers: { Authorization: "<redacted>" },
        token: "<redacted>",
        tokenId: "123",
        token_id: "456",
        tokens: ["789"]
      })
    })
  )
})
