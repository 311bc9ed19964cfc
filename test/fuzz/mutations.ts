/** Texts spoilt in every way a network, a defect or an enemy may spoil them; cases by seed, and what they leave in memory. */
import { FastCheck as fc } from "effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** Cases of a whole run, shared among its tests; the long run is started with TRADEWIND_FUZZ_CASES=100000. */
const CASES = Number(process.env["TRADEWIND_FUZZ_CASES"] ?? 2_000)
/** A failed case comes again with the seed that the failure names. */
export const SEED = Number(process.env["TRADEWIND_FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31))

export const casesOf = (share: number): number => Math.ceil(CASES * share)
/** Far more than a case takes on a busy machine. */
export const timeoutOf = (cases: number): number => 60_000 + 100 * cases

/** A text made of another one. */
export interface Mutation {
  readonly name: string
  readonly apply: (text: string) => string
}

const mutation = (name: string, apply: (text: string) => string): Mutation => ({ name, apply })

const deep = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`
const HUGE_CHARS = 10_000_000

/** Stands for a piece of text that is not JSON; put in the place of its own quoted form. */
const RAW = ["NaN", "Infinity", "-Infinity", "undefined", "0x10", "01", "1e", "'a'", "{", "]", deep(5_000)]

const hostileValues: ReadonlyArray<unknown> = [
  null,
  true,
  false,
  0,
  -1,
  0.1,
  1e308,
  -1e-7,
  2 ** 53,
  "",
  " ",
  "0",
  "-1",
  "NaN",
  "Infinity",
  "1e400",
  "0.1e-9",
  "9".repeat(400),
  "1.".padEnd(300, "3"),
  "0x",
  `0x${"f".repeat(5_000)}`,
  "\u0000",
  "\ud800",
  "😀".repeat(100),
  "a".repeat(20_000),
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "%00%ff%",
  [],
  [[]],
  {},
  Array.from({ length: 600 }, () => "1"),
  { __proto__: null, toString: 1 },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}')
]

type Json = null | boolean | number | string | Array<Json> | { [key: string]: Json }

const isContainer = (value: unknown): value is Array<Json> | { [key: string]: Json } =>
  typeof value === "object" && value !== null

const parsed = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** Undefined for what nests too deep to be written. */
const written = (json: unknown): string | undefined => {
  try {
    return JSON.stringify(json) ?? ""
  } catch {
    return undefined
  }
}

/** Changes one place of a JSON text, found by the picks; a text that is none gets the change at its end. */
const atPlace = (
  text: string,
  picks: ReadonlyArray<number>,
  change: (parent: { [key: string]: unknown }, key: string) => void
): string => {
  const root = { whole: parsed(text) }
  if (root.whole === undefined) return `${text}${picks[0] ?? ""}`
  let parent: { [key: string]: unknown } = root
  let key = "whole"
  for (const pick of picks) {
    const value = parent[key]
    if (!isContainer(value)) break
    const keys = Object.keys(value)
    const next = keys[pick % (keys.length + 1)]
    if (next === undefined) break
    parent = value as unknown as { [key: string]: unknown }
    key = next
  }
  change(parent, key)
  return written(root.whole) ?? text
}

const anyPicks = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 6 })

const replaced = fc
  .tuple(anyPicks, fc.oneof(fc.constantFrom(...hostileValues), fc.jsonValue({ maxDepth: 3 })))
  .map(([picks, value]) =>
    mutation("a value replaced", (text) => atPlace(text, picks, (parent, key) => (parent[key] = value)))
  )

const rawed = fc
  .tuple(anyPicks, fc.constantFrom(...RAW))
  .map(([picks, raw]) =>
    mutation("a value that is no JSON", (text) =>
      atPlace(text, picks, (parent, key) => (parent[key] = "\u0001raw")).replace('"\\u0001raw"', () => raw)
    )
  )

const removed = anyPicks.map((picks) =>
  mutation("a field removed", (text) =>
    atPlace(text, picks, (parent, key) => {
      if (!Reflect.deleteProperty(parent, key)) parent[key] = null
    })
  )
)

const renamed = fc
  .tuple(anyPicks, fc.constantFrom("__proto__", "constructor", "toString", "", "\u0000", "length"))
  .map(([picks, name]) =>
    mutation("a field renamed", (text) =>
      atPlace(text, picks, (parent, key) => {
        Object.defineProperty(parent, name === "length" && Array.isArray(parent) ? "0" : name, {
          value: parent[key],
          configurable: true,
          enumerable: true,
          writable: true
        })
        if (!Array.isArray(parent)) Reflect.deleteProperty(parent, key)
      })
    )
  )

const repeated = fc
  .tuple(anyPicks, fc.constantFrom(2, 20, 2_000))
  .map(([picks, times]) =>
    mutation("a value many times", (text) =>
      atPlace(text, picks, (parent, key) => (parent[key] = Array.from({ length: times }, () => parent[key])))
    )
  )

const cut = fc
  .double({ min: 0, max: 1, noNaN: true })
  .map((part) => mutation("cut off", (text) => text.slice(0, Math.floor(text.length * part))))

const flipped = fc.array(fc.tuple(fc.nat(), fc.nat(0xffff)), { minLength: 1, maxLength: 5 }).map((flips) =>
  mutation("characters changed", (text) => {
    const chars = Array.from(text)
    for (const [place, code] of flips)
      if (chars.length > 0) chars[place % chars.length] = String.fromCharCode(code)
    return chars.join("")
  })
)

const encoded = fc
  .constantFrom<
    Array<readonly [BufferEncoding, BufferEncoding]>
  >(["utf16le", "latin1"], ["utf16le", "utf8"], ["utf8", "latin1"], ["utf8", "utf16le"], ["utf8", "base64"])
  .map(([as, readAs]) =>
    mutation(`${as} read as ${readAs}`, (text) => Buffer.from(text, as).toString(readAs))
  )

const wrapped = fc
  .constantFrom<Array<(text: string) => string>>(
    (text) => `\ufeff${text}`,
    (text) => `${text}${text}`,
    (text) => `[${text}]`,
    (text) => JSON.stringify(text),
    (text) => `${"[".repeat(17)}${text}${"]".repeat(17)}`,
    (text) => `${"[".repeat(20_000)}${text}`,
    (text) => `${'{"a":'.repeat(20_000)}${text}${"}".repeat(20_000)}`,
    (text) => `{"__proto__":${text},"constructor":${text}}`,
    (text) => `${text}\n//`,
    () => "",
    () => " ",
    () => "null",
    () => "<html><head><title>Attention Required!</title></head></html>"
  )
  .map((apply) => mutation("wrapped", apply))

const huge = fc
  .constantFrom<Array<(text: string) => string>>(
    (text) => `${text}${" ".repeat(HUGE_CHARS)}`,
    (text) => `{"x":"${"y".repeat(HUGE_CHARS)}","z":${text}}`,
    () => deep(HUGE_CHARS / 2),
    (text) => `[${`${text},`.repeat(Math.ceil(HUGE_CHARS / (text.length + 1)))}${text}]`
  )
  .map((apply) => mutation("10 MB", apply))

const junk = fc
  .oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.json())
  .map((text) => mutation("junk", () => text))

const once = fc.oneof(
  { weight: 60, arbitrary: replaced },
  { weight: 20, arbitrary: rawed },
  { weight: 20, arbitrary: removed },
  { weight: 20, arbitrary: renamed },
  { weight: 10, arbitrary: repeated },
  { weight: 20, arbitrary: cut },
  { weight: 20, arbitrary: flipped },
  { weight: 10, arbitrary: encoded },
  { weight: 20, arbitrary: wrapped },
  { weight: 1, arbitrary: huge },
  { weight: 20, arbitrary: junk }
)

/** Mostly one, at times two after each other. */
export const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: once },
  {
    weight: 1,
    arbitrary: fc
      .tuple(once, once)
      .map(([a, b]) => mutation(`${a.name}, then ${b.name}`, (text) => b.apply(a.apply(text))))
  }
)

const CHUNK = 200

/** So many cases, made a few at a time; each with what brings it back. */
export function* casesFrom<A>(
  arbitrary: fc.Arbitrary<A>,
  count: number
): Generator<{ readonly one: A; readonly at: string }> {
  for (let done = 0; done < count; done += CHUNK) {
    const chunk = fc.sample(arbitrary, { numRuns: Math.min(CHUNK, count - done), seed: SEED + done })
    for (const [index, one] of chunk.entries())
      yield { one, at: `case ${done + index} of TRADEWIND_FUZZ_SEED=${SEED}` }
  }
}

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

/** Bytes that are really in use. */
export const heapInUse = (): number => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

export const MEGABYTE = 1_048_576

export const isPolluted = (): boolean => "polluted" in {}
