import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { takerFee } from "../../src/domain/fees.ts"
import {
  type MicroShares,
  type PriceTicks,
  microShares,
  microUsd,
  priceTicks
} from "../../src/domain/money.ts"
import {
  affordableShares,
  buyCost,
  buySizeStep,
  entrySize,
  feePerShareTicks,
  kellyStake
} from "../../src/domain/sizing.ts"
import { anyShares } from "./trading-world.ts"

const anyPrice = fc
  .constantFrom(100, 10, 50, 25, 1)
  .chain((tick) => fc.integer({ min: 1, max: 10_000 / tick - 1 }).map((count) => priceTicks(count * tick)))
const orderType = fc.constantFrom("FAK" as const, "FOK" as const, "GTC" as const)
const fees = fc.record({
  rateMicros: fc.constantFrom(0, 70_000, 250_000),
  exponent: fc.constantFrom(1 as const, 2 as const),
  takerOnly: fc.constant(true)
})
const budget = fc
  .oneof(fc.integer({ min: -5, max: 500 }), fc.integer({ min: 0, max: 60_000_000 }))
  .map(microUsd)

/** Dollars of an order in units of 1e-10: price in 1e-4 times shares in 1e-6. */
const exactNotional = (price: PriceTicks, size: MicroShares): bigint => BigInt(price) * BigInt(size)

describe("entrySize", () => {
  const request = fc.record({
    orderType,
    price: anyPrice,
    fees,
    budget,
    depth: fc.option(anyShares, { nil: undefined }),
    minSize: fc.constantFrom(microShares(5_000_000), microShares(15_000_000))
  })

  it.prop(
    "venue – every size is within budget, depth, minimums and the precision of its type",
    [request],
    ([entry]) => {
      const answer = entrySize(entry)
      if (Either.isLeft(answer)) {
        expect(answer.left).toMatch(/below/)
        return
      }
      const size = answer.right
      const cents = 10n ** 8n
      const notional = exactNotional(entry.price, size)
      expect(notional + BigInt(takerFee(entry.fees, entry.price, size)) * 10n ** 4n).toBeLessThanOrEqual(
        BigInt(entry.budget) * 10n ** 4n
      )
      expect(size).toBeLessThanOrEqual(entry.depth ?? size)
      expect(size).toBeGreaterThanOrEqual(entry.minSize)
      expect(notional).toBeGreaterThanOrEqual(10n ** 10n)
      expect(size % 10_000).toBe(0)
      if (entry.orderType !== "GTC") expect(notional % cents).toBe(0n)
    }
  )

  it.prop("largest – one step more breaks the budget or the depth", [request], ([entry]) => {
    const answer = entrySize(entry)
    if (Either.isLeft(answer)) return
    const more = microShares(answer.right + buySizeStep(entry.orderType, entry.price))
    expect(buyCost(entry.fees, entry.price, more) > entry.budget || more > (entry.depth ?? more)).toBe(true)
  })

  it.each([
    ["FAK", 5_300, 18_000_000],
    ["FAK", 5_200, 18_500_000],
    ["FOK", 5_000, 19_320_000],
    ["GTC", 5_300, 18_260_000]
  ] as const)("examples – $10 by %s at %i ticks buys %i millionths", (type, price, expected) => {
    const answer = entrySize({
      orderType: type,
      price: priceTicks(price),
      fees: { rateMicros: 70_000, exponent: 1, takerOnly: true },
      budget: microUsd(10_000_000),
      depth: undefined,
      minSize: microShares(5_000_000)
    })
    expect(answer).toEqual(Either.right(expected))
  })

  it("reasons – says what was too small", () => {
    const base = {
      orderType: "GTC" as const,
      price: priceTicks(1_000),
      fees: { rateMicros: 0, exponent: 1 as const, takerOnly: true },
      budget: microUsd(10_000_000),
      depth: undefined,
      minSize: microShares(5_000_000)
    }
    expect(Either.getOrThrow(Either.flip(entrySize({ ...base, depth: microShares(4_000_000) })))).toMatch(
      /4 shares of depth/
    )
    expect(Either.getOrThrow(Either.flip(entrySize({ ...base, budget: microUsd(900_000) })))).toMatch(
      /below the venue's \$1/
    )
    expect(Either.getOrThrow(Either.flip(entrySize({ ...base, budget: microUsd(0) })))).toMatch(
      /budget of \$0.00/
    )
  })
})

describe("affordableShares", () => {
  it.prop(
    "count – as many steps as one by one",
    [anyPrice, fees, fc.integer({ min: 0, max: 2_000_000 })],
    ([price, terms, usd]) => {
      const step = microShares(1_000_000)
      let steps = 0
      while (buyCost(terms, price, microShares((steps + 1) * step)) <= usd && steps < 400) steps += 1
      if (steps < 400) expect(affordableShares(terms, price, microUsd(usd), step)).toBe(steps * step)
    }
  )
})

describe("feePerShareTicks", () => {
  it.prop(
    "rounding – covers the exact fee of any size, by less than a tick a share",
    [fees, anyPrice],
    ([terms, price]) => {
      const perShare = (terms.rateMicros / 1e6) * ((price / 1e4) * (1 - price / 1e4)) ** terms.exponent * 1e4
      expect(feePerShareTicks(terms, price)).toBeGreaterThanOrEqual(perShare - 1e-6)
      expect(feePerShareTicks(terms, price)).toBeLessThan(perShare + 1 + 1e-6)
    }
  )
})

describe("kellyStake", () => {
  const noFees = { rateMicros: 0, exponent: 1 as const, takerOnly: true }
  const cash = microUsd(1_000_000_000)

  it.prop(
    "growth – the full stake is where the log of wealth grows fastest",
    [anyPrice, fc.integer({ min: 1, max: 999_999 })],
    ([price, probabilityMicros]) => {
      const stake = kellyStake({ probabilityMicros, price, fees: noFees, cash, kellyFraction: 1 })
      const p = probabilityMicros / 1e6
      const odds = 1e4 / price - 1
      const growth = (f: number) => p * Math.log(1 + f * odds) + (1 - p) * Math.log(1 - f)
      const fraction = stake / cash
      expect(fraction).toBeGreaterThanOrEqual(0)
      expect(fraction).toBeLessThan(1)
      for (const other of [fraction * 0.9, fraction + (1 - fraction) * 0.05, fraction / 2]) {
        expect(growth(fraction)).toBeGreaterThanOrEqual(growth(other) - 1e-9)
      }
    }
  )

  it("fraction and fee – a quarter stakes a quarter, and a fee that eats the edge stakes nothing", () => {
    const at = (kellyFraction: number, rateMicros: number) =>
      kellyStake({
        probabilityMicros: 515_000,
        price: priceTicks(5_000),
        fees: { ...noFees, rateMicros },
        cash,
        kellyFraction
      })
    expect(at(1, 0)).toBe(30_000_000)
    expect(at(0.25, 0)).toBe(7_500_000)
    expect(at(1, 70_000)).toBe(0)
  })
})
