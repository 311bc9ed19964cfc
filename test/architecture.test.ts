import { describe, expect, it } from "@effect/vitest"
import { banViolations } from "./architecture/bans.ts"
import { cycleViolations } from "./architecture/cycles.ts"
import { lawViolations } from "./architecture/law.ts"
import { independentListing, readSources, unequal } from "./architecture/read.ts"
import {
  MAX_FILE_LINES,
  MAX_FUNCTION_LINES,
  MAX_MEDIAN_FILE_LINES,
  medianLines,
  sizeViolations
} from "./architecture/size.ts"
import { parse, type ParsedFile, type Violation } from "./architecture/source.ts"

type Rule = (files: ReadonlyArray<ParsedFile>) => ReadonlyArray<Violation>

const said = (violations: ReadonlyArray<Violation>) =>
  violations.map(({ line, path, what }) => `${path}:${line} ${what}`)

describe("the house", () => {
  const files = readSources()

  it("all files – are read, and are TypeScript", () => {
    const listed = independentListing()
    expect(listed.length).toBeGreaterThan(20)
    expect(
      unequal(
        files.map((file) => file.path),
        listed
      )
    ).toEqual([])
  })

  it("imports – were found, and obey the law", () => {
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(files.length)
    expect(said(lawViolations(files))).toEqual([])
  })

  it("raw time, chance, timers, process and console – only in the edge", () => {
    expect(said(banViolations(files))).toEqual([])
  })

  it("runtime imports – have no cycles", () => {
    expect(said(cycleViolations(files))).toEqual([])
  })

  it("files and functions – are short", () => {
    expect(said(sizeViolations(files))).toEqual([])
    expect(medianLines(files), "the median file").toBeLessThan(MAX_MEDIAN_FILE_LINES)
  })
})

describe("the rules", () => {
  /** Runs a rule over planted files; imported files are added empty where the plant leaves them out. */
  const caught = (rule: Rule, planted: Readonly<Record<string, string>>): ReadonlyArray<string> => {
    const given = Object.entries(planted).map(([path, text]) => parse({ path, text }))
    const paths = new Set(given.map((file) => file.path))
    const targets = new Set(given.flatMap((file) => file.imports.flatMap((each) => each.target ?? [])))
    const others = [...targets].filter((path) => !paths.has(path)).map((path) => parse({ path, text: "" }))
    return rule([...given, ...others]).map((violation) => violation.what)
  }

  const from = (path: string, text: string) => ({ [path]: text })

  it.each([
    ["src/domain/a.ts", 'import { x } from "../ports/b.ts"', "domain imports src/ports/b.ts"],
    ["src/domain/a.ts", 'import type { X } from "../ports/b.ts"', "domain imports src/ports/b.ts"],
    ["src/domain/a.ts", 'export * from "../ports/b.ts"', "domain imports src/ports/b.ts"],
    ["src/domain/a.ts", 'export const f = () => import("../ports/b.ts")', "domain imports src/ports/b.ts"],
    ["src/domain/a.ts", 'export type X = import("../ports/b.ts").X', "domain imports src/ports/b.ts"],
    ["src/domain/a.ts", 'import { Effect, Schema } from "effect"', "domain imports effect (Effect)"],
    ["src/domain/a.ts", 'import * as Clock from "effect/Clock"', "domain imports effect/Clock (Clock)"],
    ["src/domain/a.ts", 'import * as E from "effect"', "domain imports effect (*)"],
    ["src/domain/a.ts", 'import { createHash } from "node:crypto"', "domain imports node:crypto"],
    ["src/ports/a.ts", 'import { x } from "../orchestrator/b.ts"', "ports imports src/orchestrator/b.ts"],
    ["src/ports/a.ts", 'import { x } from "viem"', "ports import viem"],
    ["src/protocol/a.ts", 'import { x } from "../ports/b.ts"', "protocol imports src/ports/b.ts"],
    ["src/protocol/a.ts", 'import { x } from "viem"', "protocol imports viem"],
    ["src/protocol/a.ts", 'import { randomBytes } from "node:crypto"', "imports randomBytes of node:crypto"],
    ["src/ports/a.ts", 'import type { X } from "../protocol/b.ts"', "ports imports src/protocol/b.ts"],
    ["src/orchestrator/a.ts", 'import { x } from "../modules/spot/spot.ts"', "orchestrator imports"],
    ["src/modules/spot/a.ts", 'import { x } from "../safety/b.ts"', "module spot imports module safety"],
    ["src/modules/spot/a.ts", 'import type { X } from "../safety/b.ts"', "module spot imports module safety"],
    [
      "src/modules/spot/a.ts",
      'import { x } from "../../orchestrator/b.ts"',
      "modules imports src/orchestrator/b.ts"
    ],
    [
      "src/modules/spot/a.ts",
      'import { x } from "../../composition/b.ts"',
      "modules imports src/composition/b.ts"
    ],
    ["src/paper-exchange/a.ts", 'import { x } from "../modules/spot/b.ts"', "paper-exchange imports"],
    ["src/paper-exchange/a.ts", 'import { x } from "../recordings/b.ts"', "paper-exchange imports"],
    ["src/recordings/a.ts", 'import { x } from "../paper-exchange/engine.ts"', "recordings imports"],
    ["src/cli/a.ts", 'import { x } from "../modules/spot/b.ts"', "cli imports src/modules/spot/b.ts"],
    [
      "src/config/a.ts",
      'import { x } from "../modules/logger/b.ts"',
      "config imports src/modules/logger/b.ts"
    ],
    ["src/cli/a.ts", 'import { x } from "../main.ts"', "cli imports src/main.ts"],
    ["src/storage/a.ts", 'import { randomUUID } from "node:crypto"', "imports randomUUID of node:crypto"],
    ["src/storage/a.ts", 'import * as crypto from "crypto"', "imports * of node:crypto"],
    ["src/storage/a.ts", 'import { setTimeout } from "node:timers/promises"', "imports node:timers/promises"],
    ["src/storage/a.ts", 'import { env } from "process"', "imports process"],
    ["src/storage/a.ts", "export const f = (name: string) => import(name)", "imports a computed name"],
    ["src/helpers/a.ts", "export const a = 1", "without an import law"],
    ["src/domain/index.ts", "export const a = 1", "is a barrel"]
  ])("law – catches %s with %s", (path, text, what) => {
    expect(caught(lawViolations, from(path, text)).join("\n")).toContain(what)
  })

  it("all files – a file that was not read, or that nobody lists, is caught", () => {
    expect(unequal(["src/a.ts"], ["src/a.ts", "src/b.json"])).toEqual(["src/b.json"])
    expect(unequal(["src/a.ts", "src/c.ts"], ["src/a.ts"])).toEqual(["src/c.ts"])
  })

  it("law – a relative import of no file is caught", () => {
    const file = parse({ path: "src/domain/a.ts", text: 'import { x } from "./gone.ts"' })
    expect(said(lawViolations([file]))).toEqual([
      "src/domain/a.ts:1 imports ./gone.ts, which is no file of src/"
    ])
  })

  it.each([
    ["src/domain/a.ts", 'import { Schema, Option, pipe } from "effect"; import { x } from "./b.ts"'],
    ["src/modules/spot/a.ts", 'import { Effect } from "effect"; import { x } from "../../ports/b.ts"'],
    ["src/modules/spot/a.ts", 'import { x } from "./deep/b.ts"; import { createHash } from "node:crypto"'],
    ["src/recordings/a.ts", 'import type { X } from "../paper-exchange/market-source.ts"'],
    ["src/protocol/a.ts", 'import { createHmac } from "node:crypto"; import { x } from "../domain/b.ts"'],
    ["src/modules/spot/a.ts", 'import { x } from "../../protocol/b.ts"'],
    ["src/paper-exchange/a.ts", 'import { x } from "../protocol/b.ts"'],
    ["src/paper-exchange/a.ts", 'import type { X } from "../recordings/b.ts"'],
    ["src/composition/a.ts", 'import { x } from "../modules/spot/b.ts"'],
    ["src/main.ts", 'import { x } from "./modules/spot/b.ts"; import { y } from "./cli/run.ts"'],
    ["src/edge.ts", 'import process from "node:process"']
  ])("law – allows %s with %s", (path, text) => {
    expect(caught(lawViolations, from(path, text))).toEqual([])
  })

  it.each([
    "Date.now()",
    'Date["now"]()',
    "const { now } = Date",
    "const clock = Date; clock.now()",
    "new Date()",
    "new Date",
    "new Date(...[])",
    "Date()",
    "performance.now()",
    "Math.random()",
    "const { random } = Math",
    'Math["random"]()',
    "[1].map(Math.random)",
    "setTimeout(() => 1, 1)",
    "const later = setTimeout",
    "setInterval(() => 1, 1)",
    "setImmediate(() => 1)",
    "queueMicrotask(() => 1)",
    "process.env.HOME",
    'process["env"]',
    "process.exit(1)",
    'process.on("exit", () => 1)',
    "const { env } = process",
    "const deps = { process }",
    'console.log("x")',
    "globalThis.setTimeout(() => 1, 1)",
    "crypto.randomUUID()",
    "crypto.getRandomValues(new Uint8Array(1))",
    "DateTime.unsafeNow()",
    'eval("1")',
    "`${Date.now()}`",
    "class A extends Date {}",
    "(process: number) => process"
  ])("bans – catches %s", (text) => {
    expect(caught(banViolations, from("src/modules/spot/a.ts", text))).not.toEqual([])
    expect(caught(banViolations, from("src/edge.ts", text))).toEqual([])
    expect(caught(banViolations, from("src/edge/signals.ts", text))).toEqual([])
  })

  it.each([
    "new Date(0).toISOString()",
    "Date.UTC(2025, 1)",
    "value instanceof Date",
    "const at: Date = new Date(atMs)",
    "Math.max(1, 2)",
    'import { DateTime } from "effect"; DateTime.unsafeMake(0)',
    "engine.process(event)",
    "interface Engine { process(event: number): void; readonly console: string }",
    "const api = { process: 1, setTimeout: 2 }",
    'const text = "Date.now() and process.env" // console.log',
    "type P = typeof globalThis.Array"
  ])("bans – leave %s alone", (text) => {
    expect(caught(banViolations, from("src/modules/spot/a.ts", text))).toEqual([])
  })

  it("cycles – catches a circle of any length, at run time only", () => {
    const circle = (kind: string) => ({
      "src/domain/a.ts": 'import { b } from "./b.ts"',
      "src/domain/b.ts": 'export { c } from "./c.ts"',
      "src/domain/c.ts": `import ${kind} { a } from "./a.ts"`
    })
    expect(caught(cycleViolations, circle(""))).toEqual([
      "imports in a circle: src/domain/a.ts → src/domain/b.ts → src/domain/c.ts → src/domain/a.ts"
    ])
    expect(caught(cycleViolations, circle("type"))).toEqual([])
    expect(caught(cycleViolations, from("src/domain/a.ts", 'import { a } from "./a.ts"'))).toHaveLength(1)
  })

  it("size – the median is the middle file", () => {
    const files = [5, 1, 400].map((count) => parse({ path: "src/domain/a.ts", text: "\n".repeat(count) }))
    expect(medianLines(files)).toBe(5)
  })

  it("size – catches a file or function one line over, and no line sooner", () => {
    const lines = (count: number) => Array.from({ length: count }, () => "// line\n").join("")
    const method = (count: number) => `class A {\n  go() {\n${lines(count - 2)}  }\n}\n`
    const arrow = (count: number) => `export const go = () => {\n${lines(count - 2)}}\n`
    const sized = (text: string) => caught(sizeViolations, from("src/domain/a.ts", text))
    expect(sized(lines(MAX_FILE_LINES))).toEqual([])
    expect(sized(lines(MAX_FILE_LINES + 1))).toHaveLength(1)
    for (const make of [method, arrow]) {
      expect(sized(make(MAX_FUNCTION_LINES))).toEqual([])
      expect(sized(make(MAX_FUNCTION_LINES + 1))).toEqual([expect.stringContaining("go has 71 lines")])
    }
  })
})
