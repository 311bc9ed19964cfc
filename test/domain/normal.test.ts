import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { normalCdf } from "../../src/domain/normal.ts"

const x = fc.double({ min: -12, max: 12, noNaN: true })

describe("normalCdf", () => {
  it.each([
    [0, 0.5],
    [0.5, 0.691462461274013],
    [1, 0.841344746068543],
    [1.959963984540054, 0.975],
    [3, 0.99865010196837],
    [6, 0.999999999013412],
    [-1, 0.158655253931457],
    [-3, 0.00134989803163]
  ])("tables – Φ(%d) is %d", (at, expected) => {
    expect(normalCdf(at)).toBeCloseTo(expected, 13)
  })

  it("integral – the midpoint rule over the density gives the same", () => {
    const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
    const step = 0.001
    let sum = 0
    for (let z = -9; z < 2.5; z += step) sum += density(z + step / 2) * step
    expect(normalCdf(2.5)).toBeCloseTo(sum, 6)
  })

  it.prop("symmetry – Φ(x) + Φ(−x) is 1", [x], ([at]) => {
    expect(normalCdf(at) + normalCdf(-at)).toBeCloseTo(1, 14)
  })

  it.prop(
    "order – never falls, and stays within 0 and 1",
    [x, fc.double({ min: 0, max: 5, noNaN: true })],
    ([at, more]) => {
      const low = normalCdf(at)
      const high = normalCdf(at + more)
      expect(low).toBeGreaterThanOrEqual(0)
      expect(high).toBeLessThanOrEqual(1)
      expect(high).toBeGreaterThanOrEqual(low - 1e-15)
    }
  )

  it("tails – ends for the largest and smallest numbers there are", () => {
    expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1)
    expect(normalCdf(-Number.MAX_VALUE)).toBe(0)
  })
})
