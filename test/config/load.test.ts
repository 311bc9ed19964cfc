import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, ParseResult, Redacted, Schema } from "effect"
import { ConfigInvalid } from "../../src/config/config-invalid.ts"
import { environmentLayer, variableName } from "../../src/config/environment.ts"
import { configHash } from "../../src/config/hash.ts"
import { type ConfigLayer, fileLayer, flagLayer } from "../../src/config/layer.ts"
import { loadConfig } from "../../src/config/load.ts"
import { fieldAt, isSection, knownPaths } from "../../src/config/schema-tree.ts"
import { writtenDefaults } from "../../src/config/value-problems.ts"

const Cents = Schema.transformOrFail(Schema.String, Schema.Int, {
  strict: true,
  decode: (text, _, ast) => {
    const cents = text === "" ? Number.NaN : Number(text) * 100
    return Number.isInteger(cents)
      ? ParseResult.succeed(cents)
      : ParseResult.fail(new ParseResult.Type(ast, text, "no dollar amount in whole cents."))
  },
  encode: (cents) => ParseResult.succeed((cents / 100).toFixed(2))
})

const Loop = Schema.Struct({
  tickIntervalMs: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(10, 60_000)).annotations({
      description: "time between ticks, milliseconds"
    }),
    { default: () => 1000 }
  ),
  shutdownTimeoutMs: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), { default: () => 25_000 }),
  enabled: Schema.optionalWith(Schema.Boolean, { default: () => true })
})

const App = Schema.Struct({
  mode: Schema.optionalWith(Schema.Literal("sim", "replay"), { default: () => "sim" as const }),
  loop: Schema.optionalWith(Loop, {
    default: () => Loop.make({ tickIntervalMs: 1000, shutdownTimeoutMs: 25_000, enabled: true })
  }),
  "stop-loss": Schema.optionalWith(
    Schema.Struct({
      lossUsd: Schema.optionalWith(Cents.annotations({ description: "loss that ends a position, dollars" }), {
        default: () => 500
      })
    }),
    { default: () => ({ lossUsd: 500 }) }
  ),
  assets: Schema.optionalWith(Schema.Array(Schema.String), { default: () => ["BTC"] }),
  limits: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.Int }), {
    default: () => ({})
  })
})

const load = (...layers: ReadonlyArray<ConfigLayer>) => loadConfig({ schema: App, layers })
const file = (value: unknown, source = "config/test.json") =>
  fileLayer(source, JSON.stringify(value, null, 2))

const problemsOf = (...layers: ReadonlyArray<ConfigLayer>) =>
  load(...layers).pipe(
    Effect.flip,
    Effect.map((error) => {
      expect(error).toBeInstanceOf(ConfigInvalid)
      return error.problems
    })
  )

/** The one problem there is. */
const problemOf = (...layers: ReadonlyArray<ConfigLayer>) =>
  Effect.map(problemsOf(...layers), (problems) => {
    expect(problems).toHaveLength(1)
    return problems[0] ?? ""
  })

describe("layers", () => {
  it.effect("loadConfig – no layer at all gives the defaults", () =>
    Effect.gen(function* () {
      expect(yield* load()).toEqual(yield* Schema.decodeUnknown(App)({}))
    })
  )

  it.effect("loadConfig – later layers win leaf by leaf; lists are replaced", () =>
    Effect.gen(function* () {
      const config = yield* load(
        file({ loop: { tickIntervalMs: 100, enabled: false }, assets: ["BTC", "ETH"], limits: { a: 1 } }),
        file({ loop: { tickIntervalMs: 200 }, assets: ["SOL"], limits: { b: 2 } }),
        environmentLayer(App, {
          TRADEWIND_LOOP__TICK_INTERVAL_MS: "300",
          TRADEWIND_STOP_LOSS__LOSS_USD: "7.5"
        }),
        flagLayer([
          { flag: "--mode", path: ["mode"], value: "replay" },
          { flag: "--tick", path: ["loop", "tickIntervalMs"], value: undefined }
        ])
      )
      expect(config).toEqual({
        mode: "replay",
        loop: { tickIntervalMs: 300, enabled: false, shutdownTimeoutMs: 25_000 },
        "stop-loss": { lossUsd: 750 },
        assets: ["SOL"],
        limits: { a: 1, b: 2 }
      })
    })
  )

  const leaves = knownPaths(App.ast).filter((path) => !isSection(fieldAt(App.ast, path)?.ast ?? App.ast))

  it.effect.prop(
    "environmentLayer – any setting can be given by its variable, and means what the file means",
    { path: fc.constantFrom(...leaves), number: fc.integer({ min: 10, max: 60_000 }), yes: fc.boolean() },
    ({ number, path, yes }) =>
      Effect.gen(function* () {
        const key = path.at(-1) ?? ""
        const value = key.endsWith("Ms")
          ? number
          : key === "enabled"
            ? yes
            : key === "mode"
              ? "replay"
              : String(number)
        const layer = environmentLayer(App, {
          [variableName(path)]: String(value),
          PATH: "/bin",
          TRADEWINDS: "x"
        })
        const written = path.reduceRight<unknown>((below, name) => ({ [name]: below }), value)
        expect(yield* load(layer)).toEqual(yield* load(file(written)))
      })
  )

  it.effect("environmentLayer – a section or list is JSON; its parts may be given beside it", () =>
    Effect.gen(function* () {
      const config = yield* load(
        environmentLayer(
          App,
          {
            TRADEWIND_LOOP__TICK_INTERVAL_MS: "50",
            TRADEWIND_LOOP: '{"enabled": false, "tickIntervalMs": 20}',
            TRADEWIND_ASSETS: '["ETH"]',
            TRADEWIND_STATE_DIR: "/somewhere"
          },
          ["TRADEWIND_STATE_DIR"]
        )
      )
      expect(config.loop).toEqual({ enabled: false, tickIntervalMs: 50, shutdownTimeoutMs: 25_000 })
      expect(config.assets).toEqual(["ETH"])
    })
  )
})

describe("problems", () => {
  it.effect("loadConfig – an unknown key is named with its file, line and nearest known key", () =>
    Effect.gen(function* () {
      expect(yield* problemOf(file({ loop: { tickIntervalMS: 5 } }))).toBe(
        'unknown key "loop.tickIntervalMS" (config/test.json, line 3): the nearest known key is "loop.tickIntervalMs"'
      )
      expect(yield* problemOf(file({ tickIntervalMs: 5 }))).toContain(
        'the nearest known key is "loop.tickIntervalMs"'
      )
      expect(yield* problemOf(environmentLayer(App, { TRADEWIND_LOOP_TICK_INTERVAL: "5" }))).toBe(
        "unknown environment variable TRADEWIND_LOOP_TICK_INTERVAL: " +
          "the nearest known one is TRADEWIND_LOOP__TICK_INTERVAL_MS"
      )
    })
  )

  it.effect("loadConfig – a wrong value is named with what is allowed, what it is for, and the default", () =>
    Effect.gen(function* () {
      const fine = file({ loop: { tickIntervalMs: 20 } }, "config/default.json")
      expect(yield* problemOf(fine, file({ loop: { tickIntervalMs: "fast" } }))).toBe(
        '"loop.tickIntervalMs" is "fast" (config/test.json, line 3): expected a whole number from 10 to 60000. ' +
          "Time between ticks, milliseconds. Correct it, or remove it to use the default, 1000."
      )
      expect(yield* problemOf(environmentLayer(App, { TRADEWIND_LOOP__TICK_INTERVAL_MS: "5" }))).toContain(
        '"loop.tickIntervalMs" is 5 (environment variable TRADEWIND_LOOP__TICK_INTERVAL_MS): expected a whole number'
      )
      expect(yield* problemOf(flagLayer([{ flag: "--mode", path: ["mode"], value: "simm" }]))).toContain(
        '"mode" is "simm" (flag --mode): expected one of "sim", "replay". Correct it, or remove it to use the default, "sim".'
      )
      expect(yield* problemOf(file({ "stop-loss": { lossUsd: "1.005" } }))).toContain(
        "expected text. no dollar amount in whole cents. Loss that ends a position, dollars."
      )
      expect(yield* problemOf(file({ loop: 5 }))).toContain(
        '"loop" is 5 (config/test.json, line 2): expected a section'
      )
    })
  )

  it.effect("loadConfig – malformed JSON is named with file, line, column and the line itself", () =>
    Effect.gen(function* () {
      const problem = yield* problemOf(fileLayer("my.json", '{\n  "mode": "sim",\n  "loop" {}\n}'))
      expect(problem).toContain(
        'my.json: malformed JSON at line 3, column 10: expected ":" after the key "loop"'
      )
      expect(problem).toContain('\n        "loop" {}\n')
      expect(yield* problemOf(fileLayer("my.json", "[1]"))).toContain(
        "my.json: the file must hold one JSON object"
      )
    })
  )

  it.effect("loadConfig – lists all problems of all layers at once", () =>
    Effect.gen(function* () {
      const problems = yield* problemsOf(
        fileLayer("broken.json", "{"),
        file({ mod: "sim", loop: { enabled: 1, shutdownTimeoutMs: 0 } }),
        environmentLayer(App, { TRADEWIND_NOPE: "1" })
      )
      const all = problems.join("\n")
      for (const name of [
        "broken.json",
        '"mod"',
        "loop.enabled",
        "loop.shutdownTimeoutMs",
        "TRADEWIND_NOPE"
      ]) {
        expect(all).toContain(name)
      }
      expect(problems).toHaveLength(5)
    })
  )

  it.effect("loadConfig – a required setting that nobody gives is named", () =>
    Effect.gen(function* () {
      const schema = Schema.Struct({
        a: Schema.Struct({ word: Schema.String.annotations({ description: "the word" }) })
      })
      const error = yield* Effect.flip(loadConfig({ schema, layers: [file({ a: {} })] }))
      expect(error.problems).toEqual(['"a.word" is required: expected text. The word.'])
    })
  )

  it.effect("loadConfig – a secret in a file is refused and not shown", () =>
    Effect.gen(function* () {
      const problem = yield* problemOf(file({ loop: { privateKey: "0xfeedface" } }))
      expect(problem).toContain('"loop.privateKey" (config/test.json, line 3) looks like a secret')
      expect(problem).not.toContain("feedface")
    })
  )

  const paths = knownPaths(App.ast).filter((path) => path[0] !== "limits" && path[0] !== "assets")
  const anyMutation = fc.oneof(
    fc.record({
      kind: fc.constant("unknown" as const),
      path: fc.constantFrom(...paths),
      edit: fc.tuple(fc.nat(), fc.constantFrom("", "x", "Q", "_", "ms"))
    }),
    fc.record({
      kind: fc.constant("wrong" as const),
      path: fc.constantFrom(...paths),
      value: fc.constantFrom<unknown>(null, [], [1], { a: { b: 1 } }, -1, 0.5, 1e300, "", "no", "__proto__")
    })
  )

  const tree = (path: ReadonlyArray<string>, value: unknown): unknown =>
    path.reduceRight<unknown>((below, name) => ({ [name]: below }), value)

  const known = new Set(paths.map((path) => path.join(".")))

  it.effect.prop(
    "loadConfig – a mutated configuration is refused with the key's name, wherever the fault is",
    {
      mutation: anyMutation,
      others: fc.subarray([{ mode: "sim" }, { loop: { enabled: true } }, { assets: ["ETH"] }])
    },
    ({ mutation, others }) =>
      Effect.gen(function* () {
        const layers = others.map((value) => file(value, "other.json"))
        if (mutation.kind === "unknown") {
          const key = mutation.path.at(-1) ?? ""
          const at = mutation.edit[0] % key.length
          const misspelt = [
            ...mutation.path.slice(0, -1),
            key.slice(0, at) + mutation.edit[1] + key.slice(at + 1)
          ]
          fc.pre(!known.has(misspelt.join(".")))
          const problems = yield* problemsOf(...layers, file(tree(misspelt, 1)), ...layers)
          expect(problems[0]).toContain(`unknown key "${misspelt.join(".")}" (config/test.json, line`)
          expect(problems[0]).toContain("the nearest known key is")
        } else {
          const field = fieldAt(App.ast, mutation.path)
          const problems = yield* problemsOf(file(tree(mutation.path, mutation.value)))
          expect(field).toBeDefined()
          expect(problems.every((problem) => problem.includes(`"${mutation.path.join(".")}`))).toBe(true)
          expect(problems[0]).toContain("config/test.json")
        }
      }),
    { fastCheck: { numRuns: 300 } }
  )
})

describe("defaults and hash", () => {
  it.effect("writtenDefaults – is a file that means the same as no file", () =>
    Effect.gen(function* () {
      expect(yield* load(file(writtenDefaults(App)))).toEqual(yield* load())
    })
  )

  it.prop(
    "configHash – depends on what is set, not on the order it was written in",
    {
      entries: fc.uniqueArray(fc.tuple(fc.string(), fc.jsonValue()), { selector: ([key]) => key }),
      changed: fc.nat()
    },
    ({ changed, entries }) => {
      const hash = configHash({ a: Object.fromEntries(entries) })
      expect(hash).toMatch(/^[0-9a-f]{12}$/)
      expect(configHash({ a: Object.fromEntries(entries.toReversed()) })).toBe(hash)
      if (entries.length === 0) return
      const other = entries.map(([key, value], index) => [
        key,
        index === changed % entries.length ? [value] : value
      ])
      expect(configHash({ a: Object.fromEntries(other) })).not.toBe(hash)
    }
  )

  it("configHash – secrets leave no trace in it", () => {
    expect(configHash({ key: Redacted.make("a") })).toBe(configHash({ key: Redacted.make("b") }))
  })
})
