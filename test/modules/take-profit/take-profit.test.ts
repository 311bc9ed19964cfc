import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Schema } from "effect"
import { takerFee } from "../../../src/domain/fees.ts"
import { notionalUsd } from "../../../src/domain/money.ts"
import { exits } from "../../../src/modules/take-profit/exits.ts"
import { Settings, layerConfig } from "../../../src/modules/take-profit/take-profit.ts"
import { TakeProfit } from "../../../src/ports/trading.ts"
import { WINDOW, centPrice, makeContext, makePosition, makeView } from "../../domain/trading-world.ts"

const settings = Schema.decodeSync(Settings)({})
const holding = (bid: number, cost: number, shares = 10) =>
  makeContext({ views: [makeView(bid, bid + 100)], positions: [makePosition(shares, cost)] })
const target = fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: null })
const bidPrice = centPrice.filter((price) => price < 9_900)

describe("exits", () => {
  it.prop(
    "profit – whatever it sells at the limit is a gain after the fee, at the target or better",
    [bidPrice, centPrice, target, target, fc.nat(3_000)],
    ([bid, cost, targetPriceTicks, profitTicks, slippageTicks]) => {
      const { declined, wanted } = exits(
        { ...settings, targetPriceTicks, profitTicks, slippageTicks },
        holding(bid, cost)
      )
      expect(wanted.length + declined.length).toBe(1)
      for (const { limitPriceTicks, sizeMicroShares } of wanted) {
        const proceeds =
          notionalUsd(limitPriceTicks, sizeMicroShares, "down") -
          takerFee(WINDOW.fees, limitPriceTicks, sizeMicroShares)
        expect(proceeds).toBeGreaterThan(notionalUsd(cost, sizeMicroShares, "up"))
        const nearer = Math.min(
          targetPriceTicks ?? 10_000,
          profitTicks === null ? 10_000 : cost + profitTicks
        )
        expect(limitPriceTicks).toBeGreaterThanOrEqual(nearer)
        expect(limitPriceTicks).toBeLessThanOrEqual(bid)
        expect(limitPriceTicks % WINDOW.tickSizeTicks).toBe(0)
      }
    }
  )

  it.each([
    [9_600, 5_000, 1],
    [9_500, 8_000, 0],
    [8_500, 5_000, 1],
    [8_400, 5_000, 0],
    [9_700, 9_650, 0]
  ])("defaults – bid %i on a cost of %i gives %i signals", (bid, cost, count) => {
    expect(exits(settings, holding(bid, cost)).wanted).toHaveLength(count)
  })

  it("no target – holds, and says so", () => {
    const { declined } = exits(
      { ...settings, targetPriceTicks: null, profitTicks: null },
      holding(9_700, 1_000)
    )
    expect(declined).toMatchObject([{ module: "take-profit", reason: "no target can be reached" }])
  })

  it.effect("layer – answers with the same decisions", () =>
    Effect.gen(function* () {
      const module = yield* TakeProfit
      const context = holding(9_700, 5_000)
      const decisions = yield* module.exits(context)
      expect(decisions).toEqual(exits(settings, context))
      expect(decisions.wanted).toHaveLength(1)
    }).pipe(Effect.provide(layerConfig(settings)))
  )
})
