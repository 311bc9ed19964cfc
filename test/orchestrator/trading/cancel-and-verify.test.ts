import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Layer } from "effect"
import { microShares } from "../../../src/domain/money.ts"
import { OrderId } from "../../../src/domain/order.ts"
import { cancelAndVerify } from "../../../src/orchestrator/trading/trading-tick.ts"
import { WINDOW, makePosition } from "../../domain/trading-world.ts"
import { silent, unavailable } from "../harness.ts"
import { fillNumber } from "./samples.ts"
import { Scene } from "./scene.ts"

const verify = (made: Scene) => cancelAndVerify.pipe(Effect.provide(Layer.merge(made.layer, silent)))

const balance = (shares: number) => ({
  tokenId: WINDOW.upTokenId,
  conditionId: WINDOW.conditionId,
  sizeMicroShares: microShares(shares)
})

describe("cancelAndVerify", () => {
  it.effect.prop(
    "cancelAndVerify – verified only where no order is left and the venue has all that we hold settled",
    { left: fc.nat(3), ours: fc.nat(20), venue: fc.nat(20) },
    ({ left, ours, venue }) => {
      const made = new Scene()
      made.left = Array.from({ length: left }, (_, index) => OrderId.make(`0x${index}`))
      made.positions = [makePosition(20, 5_000, { settledMicroShares: microShares(ours) })]
      made.balances = venue === 0 ? [] : [balance(venue)]
      return Effect.map(verify(made), ({ details, verified }) => {
        expect(verified).toBe(left === 0 && venue >= ours)
        expect(details).toBe(
          `2 cancelled, ${left} left open, ${venue >= ours ? 0 : 1} positions differ at the venue`
        )
      })
    },
    { fastCheck: { numRuns: 40 } }
  )

  it.effect("cancelAndVerify – books the last fills before positions are compared", () => {
    const made = new Scene()
    made.fills = [fillNumber(1)]
    made.onFill = () => void (made.positions = [makePosition(10, 5_000)])
    return Effect.map(verify(made), ({ verified }) => {
      expect(made.did("sync", "applyFill", "balances")).toEqual(["sync", "applyFill trade-1", "balances"])
      expect(verified).toBe(false)
    })
  })

  it.effect(
    "cancelAndVerify – positions that cannot be compared are not verified; what became of orders is told",
    () => {
      const made = new Scene()
      made.left = [OrderId.make("0x1")]
      made.failing.set("balances", unavailable)
      return Effect.map(verify(made), (verification) => {
        expect(verification).toEqual({
          verified: false,
          details: "2 cancelled, 1 left open, positions not compared: said the test"
        })
      })
    }
  )
})
