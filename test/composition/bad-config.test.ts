import { NodeContext } from "@effect/platform-node"
import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Schema } from "effect"
import { AppConfig } from "../../src/composition/app-config.ts"
import { runDaemon } from "../../src/composition/daemon.ts"
import type { RunFlags } from "../../src/composition/flags.ts"
import { variableName } from "../../src/config/environment.ts"
import { type Path, fieldAt, isSection, knownPaths } from "../../src/config/schema-tree.ts"
import { writtenDefaults } from "../../src/config/value-problems.ts"
import { makeMachine } from "./machine.ts"

/** A made-up key, and a made-up phrase: neither may be seen anywhere. */
const CANARY_KEY = "feedface".repeat(8)
const CANARY_WORDS = "gull tern crane heron egret stork ibis plover dunlin curlew avocet snipe"
const CANARIES = [CANARY_KEY, CANARY_WORDS, "s3cr3t-canary"]

const paths = knownPaths(AppConfig.ast)
const leaves = paths.filter((path) => !isSection(fieldAt(AppConfig.ast, path)?.ast ?? AppConfig.ast))
const sections = paths.filter((path) => !leaves.includes(path))
const defaults = writtenDefaults(AppConfig)

const at = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], tree)
const tree = (path: Path, value: unknown): unknown =>
  path.reduceRight<unknown>((below, key) => ({ [key]: below }), value)

/** A configuration that must be refused: what is given, the words that the refusal must have. */
interface Bad {
  readonly what: string
  readonly file?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly flags?: Partial<RunFlags>
  readonly says: ReadonlyArray<string | RegExp>
}

const written = (what: string, path: Path, value: unknown, ...says: Bad["says"]): Bad => ({
  what,
  file: JSON.stringify(tree(path, value)),
  says: [path.join("."), ...says]
})

const numbers = leaves.filter((path) => typeof at(defaults, path) === "number")
const words = leaves.filter((path) => typeof at(defaults, path) === "string")
const flags = leaves.filter((path) => typeof at(defaults, path) === "boolean")

/** A number setting with what no number setting takes: text, another unit, nothing, a list, too much, too little. */
const badNumber = fc
  .tuple(
    fc.constantFrom(...numbers),
    fc.constantFrom<unknown>("1000", "1s", "1000ms", null, true, [1], {}, -1e12, 1e15 + 0.5, "NaN")
  )
  // What may be null is a number or null.
  .filter(([path, value]) => value !== null || !["takeProfit"].includes(path[0] ?? ""))
  .map(([path, value]) => written("a wrong number", path, value, /expected /))

const badWord = fc
  .tuple(
    fc.constantFrom(...words),
    fc.constantFrom<unknown>(null, [], {}, true, "no such word", CANARY_KEY, CANARY_WORDS)
  )
  .map(([path, value]) => written("a wrong word", path, value, /expected /))

const badFlag = fc
  .tuple(fc.constantFrom(...flags), fc.constantFrom<unknown>("true", 1, 0, null, "yes"))
  .map(([path, value]) => written("a wrong switch", path, value, "expected true or false"))

/** JSON has no NaN; the environment is text. */
const notANumber = fc
  .tuple(
    fc.constantFrom(...numbers),
    fc.constantFrom("NaN", "Infinity", "-Infinity", "1e400", "0x10", "", "1_000", CANARY_KEY)
  )
  .map(([path, text]): Bad => {
    const name = variableName(path)
    return {
      what: "no number in the environment",
      environment: { [name]: text },
      says: [path.join("."), name, /expected /]
    }
  })

const section = fc
  .tuple(
    fc.constantFrom(...sections.filter((path) => path.length === 1)),
    fc.constantFrom<unknown>(null, 1, "x", true)
  )
  .map(([path, value]) => written("no section", path, value, /expected /))

/** A key too many, in any place; the longest names are of no secret. */
const extra = fc
  .tuple(
    fc.constantFrom([], ...sections.filter((path) => path.length === 1)),
    fc.constantFrom("maxLoss", "tickInterval", "__proto__", "constructor", "Mode")
  )
  .map(([path, key]): Bad => {
    const place = [...path, key]
    return {
      what: "a key too many",
      file: `{${path.map((each) => `"${each}":{`).join("")}"${key}":1${"}".repeat(path.length)}}`,
      says: [`unknown key "${place.join(".")}"`, /nearest known|remove it/]
    }
  })

const secret = fc
  .tuple(
    fc.constantFrom([], ...sections.filter((path) => path.length === 1)),
    fc.constantFrom("privateKey", "apiSecret", "POLY_PASSPHRASE", "mnemonic", "accessToken"),
    fc.constantFrom<unknown>(...CANARIES, [CANARY_KEY], { inside: "s3cr3t-canary" })
  )
  .map(([path, key, value]) => written("a secret in a file", [...path, key], value, "looks like a secret"))

const malformed = fc
  .tuple(
    fc.constantFrom("privateKey", "apiSecret"),
    fc.constantFrom(...CANARIES),
    fc.constantFrom(",}", "", "]", " 1}")
  )
  .map(
    ([key, value, end]): Bad => ({
      what: "malformed JSON",
      file: `{\n  "${key}": "${value}"${end}`,
      says: [/malformed JSON at line \d+, column \d+/]
    })
  )

const unknownVariable = fc
  .tuple(
    fc.constantFrom("TRADEWIND_TICK", "TRADEWIND_POLYMARKET__API_SECRET", "TRADEWIND_ORCHESTRATOR__"),
    fc.constantFrom(...CANARIES)
  )
  .map(
    ([name, value]): Bad => ({
      what: "an unknown variable",
      environment: { [name]: value },
      says: [`unknown environment variable ${name}`, "the nearest known one is TRADEWIND_"]
    })
  )

const contradiction: fc.Arbitrary<Bad> = fc.constantFrom(
  // A stop-loss and a take-profit that were exchanged.
  written("swapped exits", ["stopLoss", "stopLoss"], 9_600, "percent", "expected 1 to 100"),
  written("swapped exits", ["takeProfit", "targetPriceTicks"], 40, "no entry is below"),
  written(
    "swapped prices",
    ["strategy"],
    { minPriceTicks: 9_000, maxPriceTicks: 1_000 },
    "strategy.minPriceTicks",
    "above"
  ),
  written(
    "swapped times",
    ["strategy"],
    { minTimeLeftMs: 3_600_000, maxTimeLeftMs: 15_000 },
    "strategy.minTimeLeftMs",
    "above"
  ),
  written(
    "swapped volatility",
    ["spot"],
    { minVolatilityPerSqrtSecondE9: 1_000_000, maxVolatilityPerSqrtSecondE9: 20_000 },
    "above"
  ),
  written(
    "swapped bids",
    ["windowExpiry"],
    { minBidTicks: 4_000, loserBelowTicks: 300 },
    "windowExpiry.minBidTicks",
    "above"
  ),
  written(
    "a bound that never holds",
    ["orchestrator"],
    { stepTimeoutMs: 120_000, stuckTickMs: 120_000 },
    "stuckTickMs"
  ),
  written("an asset without prices", ["windowManager", "assets"], ["ETH"], "ETH"),
  written("a recording in mode sim", ["data"], "day.twr", "mode replay only"),
  { what: "a replay of nothing", flags: { mode: "replay" }, says: ["needs a recording"] }
)

/** Live, said once or not at all as it must be. */
const live: fc.Arbitrary<Bad> = fc.constantFrom<Bad>(
  { what: "live in the file alone", file: '{"mode":"live"}', says: [/mode live|"mode"/] },
  { what: "live on the command line alone", flags: { mode: "live" }, says: [/mode live|"mode"/] },
  {
    what: "live in the environment alone",
    environment: { TRADEWIND_MODE: "live" },
    says: [/mode live|"mode"/]
  },
  { what: "a mode there is not", file: '{"mode":"LIVE"}', says: ['"mode" is "LIVE"', "expected one of"] }
)

const bad = fc.oneof(
  badNumber,
  badWord,
  badFlag,
  notANumber,
  section,
  extra,
  secret,
  malformed,
  unknownVariable,
  contradiction,
  live
)

const NO_FLAGS: RunFlags = {
  mode: undefined,
  config: undefined,
  data: undefined,
  seed: undefined,
  speed: undefined,
  forMs: 1,
  stateDir: undefined,
  transport: undefined,
  summary: undefined
}

/** Runs the daemon on it; no module may so much as be asked for. */
const start = ({ environment = {}, file, flags: given = {} }: Bad) =>
  Effect.gen(function* () {
    const output: Array<string> = []
    let asked = false
    const files = yield* FileSystem.FileSystem
    const config = yield* files.makeTempFileScoped({ suffix: ".json" })
    yield* files.writeFileString(config, file ?? "{}")
    const exitCode = yield* runDaemon(() => {
      asked = true
      throw new Error("a module was asked for")
    })({ ...NO_FLAGS, config, ...given }).pipe(Effect.provide(makeMachine(output, environment)))
    return { exitCode, asked, text: output.join("\n") }
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

/** Two hundred, or what a long run asks for. */
const RUNS = Math.max(200, Number(process.env["TRADEWIND_PROPERTY_RUNS"] ?? 200))

describe("runDaemon", () => {
  it.effect.prop(
    "runDaemon – a mutated configuration is refused before any module, with exit code 78, the key and the reason, and without the secret",
    { drawn: bad },
    ({ drawn }) =>
      Effect.map(start(drawn), ({ asked, exitCode, text }) => {
        expect(exitCode, drawn.what).toBe(78)
        expect(asked).toBe(false)
        expect(text).toContain("invalid configuration")
        for (const reason of drawn.says) expect(text).toMatch(reason)
        for (const canary of CANARIES) expect(text).not.toContain(canary)
      }),
    { fastCheck: { numRuns: RUNS }, timeout: 60_000 + RUNS * 200 }
  )

  it("the mutations – touch every setting there is", () => {
    expect(numbers.length + words.length + flags.length).toBeGreaterThan(70)
    expect(Schema.is(Schema.encodedSchema(AppConfig))(defaults)).toBe(true)
  })
})
