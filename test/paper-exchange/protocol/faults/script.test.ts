import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { readFileSync } from "node:fs"
import { KINDS } from "../../../../src/paper-exchange/protocol/faults/kinds.ts"
import { readFaultScript } from "../../../../src/paper-exchange/protocol/faults/script.ts"

const read = (script: unknown) =>
  readFaultScript(typeof script === "string" ? script : JSON.stringify(script))
const refusal = (script: unknown) => Either.getOrThrow(Either.flip(read(script)))
const kinds = Object.keys(KINDS)

describe("a fault script", () => {
  it.each(kinds)("%s – needs nothing but its name: all the rest has a default", (kind) => {
    const [fault] = Either.getOrThrow(read({ faults: [{ kind }] }))
    expect(fault).toMatchObject({ kind, atMs: 0, p: 1 })
    expect(fault?.forMs).toBeGreaterThan(86_400_000)
  })

  it.each([
    ["[", /^it is no JSON: /],
    ["[]", /^it is \[\]: an object such as \{"faults": \[\]\} is needed$/],
    [{ faults: 3 }, /^"faults" is 3: a list of at most 1000 faults is needed$/],
    [{ faults: [], fault: 1 }, /^"fault" is no field of a fault script: it has faults$/],
    [{ faults: ["x"] }, /^"faults\.0" is "x": an object is needed$/],
    [{ faults: [{ kind: "lag" }] }, /^"faults\.0\.kind" is "lag": one of latency, .*, blocked is needed$/],
    [{ faults: [{}] }, /^"faults\.0\.kind" is undefined: one of /],
    [
      { faults: [{ kind: "latency" }, { kind: "latency", p: -1 }] },
      /^"faults\.1\.p" is -1: a probability from 0 to 1 is needed$/
    ],
    [
      { faults: [{ kind: "latency", atMs: 1.5 }] },
      /^"faults\.0\.atMs" is 1\.5: a whole number of milliseconds from 0 to \d+ is needed$/
    ],
    [
      { faults: [{ kind: "latency", probability: 1 }] },
      /^"faults\.0\.probability" is no field of a fault of kind latency: it has kind, atMs, forMs, p, minMs, maxMs, routes$/
    ],
    [
      { faults: [{ kind: "blocked", routes: ["order"] }] },
      /^"faults\.0\.routes" is \["order"\]: a list of routes such as "POST \/order", .* is needed$/
    ],
    [{ faults: [{ kind: "blocked", routes: [] }] }, /^"faults\.0\.routes" is \[\]: a list of routes/],
    [
      { faults: [{ kind: "drop-events", channels: ["/ws/markets"] }] },
      /^"faults\.0\.channels" is \["\/ws\/markets"\]: a list of channels out of \/ws\/market, /
    ],
    [
      { faults: [{ kind: "closed-socket", code: 4000 }] },
      /^"faults\.0\.code" is 4000: a close code out of 1000, /
    ],
    [
      { faults: [{ kind: "server-error", text: "oops" }] },
      /^"faults\.0\.text" is "oops": one of could not insert order, /
    ],
    [
      { faults: [{ kind: "failed-trades", fate: null }] },
      /^"faults\.0\.fate" is null: failed or retrying is needed$/
    ]
  ])("%j – is refused in one sentence", (script, says) => {
    expect(refusal(script)).toMatch(says)
  })

  it("the example of docs/exchange.md – is read, and has every kind", () => {
    const text = readFileSync(new URL("../../../../docs/exchange.md", import.meta.url), "utf8")
    const example = /```json\n([^`]*)```/.exec(text)?.[1] ?? ""
    const faults = Either.getOrThrow(read(example))
    expect(faults.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted())
  })

  it("any text – is read or refused with one line, never thrown at", () => {
    const value = fc.oneof(
      fc.json(),
      fc.string(),
      fc.jsonValue().map((json) => JSON.stringify({ faults: [json] }))
    )
    fc.assert(
      fc.property(value, (text) => {
        const result = read(text)
        if (Either.isLeft(result)) expect(result.left.length).toBeGreaterThan(0)
      })
    )
  })

  it("any fields of a known kind – are read or refused by name", () => {
    const names = ["atMs", "forMs", "p", "routes", "channels", "code", "skewMs", "hangMs", "x"]
    const fault = fc
      .tuple(
        fc.constantFrom(...kinds),
        fc.dictionary(fc.constantFrom(...names), fc.jsonValue(), { maxKeys: 3 })
      )
      .map(([kind, fields]) => ({ kind, ...fields }))
    fc.assert(
      fc.property(fault, (given) => {
        const result = read({ faults: [given] })
        if (Either.isLeft(result))
          expect(result.left).toMatch(/^"faults\.0\.\w+.*" is .*(needed|it has .*)$/s)
      })
    )
  })
})
