import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { type JsonFault, readJson } from "../../src/config/json-text.ts"

const faultOf = (text: string) => Either.getOrUndefined(Either.flip(readJson(text)))

const isDuplicateKey = (fault: JsonFault): boolean => fault.what.includes("given twice")

const accepts = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe("readJson", () => {
  it.prop(
    "readJson – reads what JSON.parse reads",
    { value: fc.jsonValue(), indent: fc.constantFrom(0, 2, "\t") },
    ({ indent, value }) => {
      const text = JSON.stringify(value, null, indent)
      expect(Either.map(readJson(text), (document) => document.value)).toEqual(Either.right(JSON.parse(text)))
    },
    { fastCheck: { numRuns: 200 } }
  )

  it.prop(
    "readJson – refuses what JSON.parse refuses, at a place inside the text",
    {
      value: fc.jsonValue(),
      cut: fc.nat(),
      length: fc.nat({ max: 3 }),
      insert: fc.constantFrom(
        "",
        ",",
        "}",
        "]",
        '"',
        "'",
        "\\",
        "x",
        "0",
        "-",
        ".",
        "\n",
        "//",
        ":",
        "\u0001"
      )
    },
    ({ cut, insert, length, value }) => {
      const text = JSON.stringify(value, null, 1)
      const at = cut % (text.length + 1)
      const broken = text.slice(0, at) + insert + text.slice(at + length)
      const fault = faultOf(broken)
      // JSON.parse takes a key twice, and a text may break again behind one: only there it has no say.
      if (fault === undefined || !isDuplicateKey(fault)) expect(accepts(broken)).toBe(fault === undefined)
      if (fault === undefined) return
      const lines = broken.split("\n")
      expect(fault.line).toBeGreaterThanOrEqual(1)
      expect(fault.line).toBeLessThanOrEqual(lines.length)
      expect(lines[fault.line - 1]?.slice(0, 200)).toBe(fault.text)
      expect(fault.column).toBeLessThanOrEqual((lines[fault.line - 1]?.length ?? 0) + 1)
    },
    { fastCheck: { numRuns: 300 } }
  )

  it.each([
    ['{\n  "a": 1,\n  "b": tru\n}', 3, 8, "expected a value"],
    ['{\n  "a": 1,\n}', 3, 1, "a comma too many"],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'expected "," or "}"'],
    ["{\n  // why\n}", 2, 3, "JSON has no comments"],
    ['{"a": 1, "a": 2}', 1, 10, "given twice"],
    ['{"a": 1', 1, 8, "the end of the file"],
    ["", 1, 1, "the end of the file"],
    ['{"a": "open\n}', 1, 7, "a string that does not end"],
    [`${"[".repeat(70)}1${"]".repeat(70)}`, 1, 66, "nested deeper"]
  ])("readJson – says where %j breaks", (text, line, column, what) => {
    expect(faultOf(text)).toMatchObject({ line, column })
    expect(faultOf(text)?.what).toContain(what)
  })

  it("readJson – remembers the line of every key", () => {
    const document = Either.getOrThrow(readJson('{\n "a": {\n  "b": 1\n },\n "c": [{ "d": 2 }]\n}'))
    expect(Object.fromEntries(document.lines)).toEqual({ a: 2, "a.b": 3, c: 5, "c.0.d": 5 })
  })
})
