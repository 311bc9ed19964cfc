import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, FastCheck as fc, Schema } from "effect"
import { Outcome, Resolution, Window, otherOutcome, tokenOf } from "../../src/domain/window.ts"

const window = Arbitrary.make(Window)

describe("Window, Resolution", () => {
  it.prop("survive the journal – encoded, written as JSON, read back", [window], ([value]) => {
    const text = JSON.stringify(Schema.encodeSync(Window)(value))
    expect(Schema.decodeUnknownSync(Window)(JSON.parse(text))).toStrictEqual(value)
  })

  it.prop("a resolution survives with and without its prices", [Arbitrary.make(Resolution)], ([value]) => {
    const text = JSON.stringify(Schema.encodeSync(Resolution)(value))
    expect(Schema.decodeUnknownSync(Resolution)(JSON.parse(text))).toStrictEqual(value)
  })

  it.prop(
    "a window with a field gone, null or of another kind – is refused",
    [window, fc.constantFrom(...Object.keys(Window.fields)), fc.constantFrom(undefined, null, Number.NaN)],
    ([value, field, wrong]) => {
      const encoded = { ...Schema.encodeSync(Window)(value), [field]: wrong }
      expect(Schema.is(Window)(encoded)).toBe(false)
    }
  )
})

describe("tokenOf, otherOutcome", () => {
  it.prop("each outcome has its own token", [window, Arbitrary.make(Outcome)], ([value, outcome]) => {
    const tokens = [tokenOf(value, outcome), tokenOf(value, otherOutcome(outcome))]
    expect(tokens.toSorted()).toStrictEqual([value.upTokenId, value.downTokenId].toSorted())
    expect(otherOutcome(otherOutcome(outcome))).toBe(outcome)
  })
})
