import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Schema } from "effect"
import { StopLoss } from "../../../src/ports/trading.ts"
import { priceTicks } from "../../../src/domain/money.ts"
import { exits, stopPrice } from "../../../src/modules/stop-loss/exits.ts"
import { Settings, layerConfig } from "../../../src/modules/stop-loss/stop-loss.ts"
import { centPrice, makeContext, makePosition, makeView } from "../../domain/trading-world.ts"

const settings = Schema.decodeSync(Settings)({})
const holding = (bid: number, cost: number, shares = 10) =>
  makeContext({ views: [makeView(bid, bid + 100)], positions: [makePosition(shares, cost)] })

describe("exits", () => {
  it.prop(
    "trigger – sells exactly where the bid is at or below the stop",
    [centPrice.filter((p) => p < 9_900), centPrice, fc.integer({ min: 1, max: 100 })],
    ([bid, cost, stopLoss]) => {
      const { declined, wanted } = exits({ ...settings, unit: "percent", stopLoss }, holding(bid, cost))
      // Cents times whole percents are whole hundredths of a tick, so the comparison needs no rounding beyond the tick.
      expect(wanted.length).toBe(bid * 100 < cost * (100 - stopLoss) + 100 ? 1 : 0)
      expect(wanted.length + declined.length).toBe(1)
    }
  )

  it("limit – best bid less the slippage, and a stated reason", () => {
    const { wanted } = exits({ ...settings, unit: "ticks", stopLoss: 1_000 }, holding(4_000, 5_000))
    expect(wanted).toMatchObject([
      {
        purpose: "stop-loss",
        limitPriceTicks: 3_700,
        sizeMicroShares: 10_000_000,
        reason: "bid 0.40, stop 0.40, cost 0.50"
      }
    ])
    expect(exits({ ...settings, unit: "ticks", stopLoss: 1_000 }, holding(4_100, 5_000)).wanted).toEqual([])
  })

  it("spot – a dead spot feed stops no stop-loss", () => {
    const context = holding(1_000, 5_000)
    expect(context.spot.size).toBe(0)
    expect(exits(settings, context).wanted).toHaveLength(1)
  })

  it.effect("layer – answers with the same decisions", () =>
    Effect.gen(function* () {
      const module = yield* StopLoss
      const context = holding(1_000, 5_000)
      expect(yield* module.exits(context)).toEqual(exits(settings, context))
    }).pipe(Effect.provide(layerConfig(settings)))
  )
})

describe("stopPrice", () => {
  it("floor – a distance beyond the cost stops at nothing, not below it", () => {
    expect(stopPrice({ ...settings, unit: "ticks", stopLoss: 6_000 }, priceTicks(5_000))).toBe(0)
    expect(stopPrice({ ...settings, unit: "percent", stopLoss: 250 }, priceTicks(5_000))).toBe(0)
  })
})
