import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { normalCdf as exactCdf } from "../../../src/domain/normal.ts"
import {
  LEVEL_SHARES,
  SPOT_DELAY_FACTORS,
  TAKER_SHARES
} from "../../../src/paper-exchange/simulator/calibration.ts"
import {
  makeChance,
  normal,
  quantileAt,
  restoreChance,
  saveChance
} from "../../../src/paper-exchange/simulator/chance.ts"
import { normalCdf } from "../../../src/paper-exchange/simulator/maker-value.ts"

const anySeed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

describe("chance", () => {
  it.prop("restore – goes on with the same draws", [anySeed, fc.nat(50)], ([seed, draws]) => {
    const chance = makeChance(seed, 3)
    for (let i = 0; i < draws; i++) chance.number()
    const resumed = restoreChance(saveChance(chance))
    for (let i = 0; i < 20; i++) expect(resumed.number()).toBe(chance.number())
  })

  it.prop(
    "makeChance – streams of one seed differ, also above 32 bits",
    [anySeed, fc.nat(1_000_000)],
    ([seed, stream]) => {
      const first = (of: number, at: number) => makeChance(of, at).number()
      expect(first(seed, stream)).not.toBe(first(seed, stream + 1))
      expect(first(stream, stream)).not.toBe(first(stream + 2 ** 40, stream))
    }
  )

  it("normal – mean 0, variance 1, kurtosis near 3", () => {
    const chance = makeChance(1, 1)
    const draws = Array.from({ length: 100_000 }, () => normal(chance))
    const moment = (power: number) => draws.reduce((sum, x) => sum + x ** power, 0) / draws.length
    expect(Math.abs(moment(1))).toBeLessThan(0.015)
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.02)
    expect(moment(4)).toBeGreaterThan(2.75)
    expect(moment(4)).toBeLessThan(3.05)
  })

  it.prop(
    "quantileAt – rises with the share and stays inside the table",
    [
      fc.constantFrom(...LEVEL_SHARES, TAKER_SHARES, SPOT_DELAY_FACTORS),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true })
    ],
    ([table, a, b]) => {
      const [low, high] = [quantileAt(table, Math.min(a, b)), quantileAt(table, Math.max(a, b))]
      expect(low).toBeLessThanOrEqual(high)
      expect(low).toBeGreaterThanOrEqual(table[0]?.[1] ?? Number.NaN)
      expect(high).toBeLessThanOrEqual(table.at(-1)?.[1] ?? Number.NaN)
    }
  )

  it.prop(
    "normalCdf – within 0.00026 of the exact one",
    [fc.double({ min: -9, max: 9, noNaN: true })],
    ([x]) => {
      expect(Math.abs(normalCdf(x) - exactCdf(x))).toBeLessThan(0.00026)
    }
  )
})
