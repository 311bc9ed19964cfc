import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { microShares, microUsd, priceTicks } from "../../src/domain/money.ts"
import { type Fill, type FillStatus, OrderId, fillKey, laterFillStatus } from "../../src/domain/order.ts"
import type { Position } from "../../src/domain/position.ts"
import {
  type PositionState,
  applyFill,
  atStakeOf,
  endWindow,
  fillValue,
  isUnexplained,
  noPosition,
  positionOf,
  resumed,
  settle
} from "../../src/domain/position-state.ts"
import type { Outcome } from "../../src/domain/window.ts"
import { START_MS, WINDOW, makePosition } from "./trading-world.ts"

const SHARE = 1_000_000
const { asset, conditionId, outcome, slug, tokenId } = makePosition(1, 5_000)
const nothing = noPosition({ slug, asset, conditionId, tokenId, outcome }, START_MS)

const makeFill = (
  tradeId: string,
  side: "BUY" | "SELL",
  micros: number,
  ticks: number,
  status: FillStatus = "confirmed",
  more: Partial<Fill> = {}
): Fill => ({
  tradeId,
  orderId: OrderId.make("0xorder"),
  slug: WINDOW.slug,
  tokenId,
  side,
  role: "taker",
  priceTicks: priceTicks(ticks),
  sizeMicroShares: microShares(micros),
  feeMicroUsd: microUsd(0),
  status,
  matchedAtMs: START_MS + Number.parseInt(tradeId, 36),
  ...more
})

/** Executions of one instrument, each with the statuses it is reported in. */
const stories = fc
  .array(
    fc.record({
      side: fc.constantFrom("BUY" as const, "BUY" as const, "SELL" as const),
      micros: fc.oneof(
        fc.integer({ min: 1, max: 3_000 }).map((n) => n * 10_000),
        fc.integer({ min: 1, max: 30 * SHARE })
      ),
      ticks: fc.integer({ min: 1, max: 9_999 }),
      fee: fc.nat(500_000),
      statuses: fc.subarray<FillStatus>(["matched", "retrying", "mined", "confirmed", "failed"], {
        minLength: 1
      })
    }),
    { maxLength: 8 }
  )
  .map((rows) =>
    rows.flatMap(({ fee, micros, side, statuses, ticks }, index) =>
      statuses.map((status) =>
        makeFill(index.toString(36), side, micros, ticks, status, { feeMicroUsd: microUsd(fee) })
      )
    )
  )
const shuffled = (fills: ReadonlyArray<Fill>) =>
  fc.subarray([...fills]).chain((again) => {
    const all = [...fills, ...again]
    return fc.shuffledSubarray(all, { minLength: all.length })
  })
const outcomes = fc.constantFrom<Outcome>("Up", "Down")

const run = (fills: ReadonlyArray<Fill>, state = nothing): PositionState =>
  fills.reduce((now, fill) => applyFill(now, fill, START_MS), state)

const standing = (fills: ReadonlyArray<Fill>): ReadonlyArray<Fill> => {
  const last = new Map<string, Fill>()
  for (const fill of fills) {
    const known = last.get(fillKey(fill))
    last.set(fillKey(fill), { ...fill, status: laterFillStatus(known?.status ?? fill.status, fill.status) })
  }
  return [...last.values()].filter(({ status }) => status !== "failed")
}
const sum = (amounts: ReadonlyArray<number>): number => amounts.reduce((total, amount) => total + amount, 0)
/** Cash the fills moved, fees included. */
const cashFlow = (fills: ReadonlyArray<Fill>): number =>
  sum(standing(fills).map((fill) => (fill.side === "BUY" ? -1 : 1) * fillValue(fill) - fill.feeMicroUsd))

describe("atStakeOf", () => {
  it("atStakeOf – whatever becomes of fills that are not settled, the shares then held have not cost more", () => {
    let more = 0
    fc.assert(
      fc.property(stories, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (fills, fails) => {
        const state = run(fills)
        const stake = atStakeOf(state).costMicroUsd
        const now = positionOf(state).costMicroUsd
        const fates = [...state.fills.values()].map((fill, index): Fill => {
          const isOpen = fill.status !== "confirmed" && fill.status !== "failed"
          return isOpen ? { ...fill, status: fails[index] === true ? "failed" : "confirmed" } : fill
        })
        const later = positionOf(run(fates, state)).costMicroUsd
        // Each sell leaves up to a millionth more behind.
        const rounding = fates.filter(({ side }) => side === "SELL").length
        expect(now).toBeLessThanOrEqual(stake + rounding)
        expect(later).toBeLessThanOrEqual(stake + rounding)
        if (later > now) more += 1
      }),
      { numRuns: 500 }
    )
    expect(more, "sells that failed").toBeGreaterThan(3)
  })

  it("atStakeOf – a sell takes its shares off the stake when it is confirmed, a resolution all", () => {
    const buy = makeFill("1", "BUY", 100 * SHARE, 6_000)
    const sell = (status: FillStatus) => makeFill("2", "SELL", 100 * SHARE, 6_500, status)
    const stake = (state: PositionState) => atStakeOf(state).costMicroUsd
    expect(stake(run([buy]))).toBe(60 * SHARE)
    for (const status of ["matched", "retrying", "mined"] as const)
      expect(stake(run([buy, sell(status)])), status).toBe(60 * SHARE)
    expect(stake(run([buy, sell("confirmed")]))).toBe(0)
    expect(stake(settle(run([buy]), "Up", START_MS))).toBe(0)
  })
})

describe("applyFill", () => {
  it("applyFill – any order and repetition of the same reports makes the same position", () => {
    fc.assert(
      fc.property(
        stories.chain((fills) => fc.tuple(fc.constant(fills), shuffled(fills))),
        ([fills, others]) => {
          expect(positionOf(run(others))).toEqual(positionOf(run(fills)))
        }
      ),
      { numRuns: 200 }
    )
  })

  it("applyFill – what says nothing new returns the very same state", () => {
    fc.assert(
      fc.property(stories, (fills) => {
        const state = run(fills)
        for (const fill of fills) expect(applyFill(state, fill, START_MS + 99)).toBe(state)
      })
    )
  })

  it("applyFill – cash flow is profit less cost held and fees, to the millionth, at every step", () => {
    fc.assert(
      fc.property(stories, (fills) => {
        for (let count = 1; count <= fills.length; count++) {
          const now = fills.slice(0, count)
          const position = positionOf(run(now))
          expect(cashFlow(now)).toBe(
            position.realizedPnlMicroUsd - position.costMicroUsd - position.feesMicroUsd
          )
          expect(position.settledMicroShares).toBeLessThanOrEqual(position.matchedMicroShares)
        }
      }),
      { numRuns: 200 }
    )
  })

  it("settle – cash flow and payout are profit less fees, exactly, in any order with the fills", () => {
    fc.assert(
      fc.property(
        stories.chain((fills) => fc.tuple(fc.constant(fills), fc.nat(fills.length))),
        outcomes,
        ([fills, cut], won) => {
          const position = positionOf(run(fills.slice(cut), settle(run(fills.slice(0, cut)), won, START_MS)))
          const held = sum(
            standing(fills).map((fill) => (fill.side === "BUY" ? 1 : -1) * fill.sizeMicroShares)
          )
          const payout = won === outcome ? Math.max(0, held) : 0
          expect(cashFlow(fills) + payout).toBe(position.realizedPnlMicroUsd - position.feesMicroUsd)
          expect(position).toMatchObject({ status: "closed", matchedMicroShares: 0, costMicroUsd: 0 })
        }
      ),
      { numRuns: 200 }
    )
  })

  it("applyFill – the cost is a running average that a later buy does not change for what was sold", () => {
    const bought = [makeFill("1", "BUY", 10 * SHARE, 4_000), makeFill("2", "SELL", 5 * SHARE, 6_000)]
    expect(positionOf(run(bought))).toMatchObject({
      costMicroUsd: 2 * SHARE,
      realizedPnlMicroUsd: SHARE
    })
    expect(positionOf(run([...bought, makeFill("3", "BUY", 5 * SHARE, 8_000)]))).toMatchObject({
      matchedMicroShares: 10 * SHARE,
      costMicroUsd: 6 * SHARE,
      realizedPnlMicroUsd: SHARE
    })
  })

  it("applyFill – thirds of an odd cost add up", () => {
    const fills = [
      makeFill("1", "BUY", 3, 3_333),
      makeFill("2", "SELL", 1, 5_000),
      makeFill("3", "SELL", 1, 5_000),
      makeFill("4", "SELL", 1, 5_000)
    ]
    const position = positionOf(run(fills))
    expect(position).toMatchObject({ costMicroUsd: 0, status: "closed" })
    expect(position.realizedPnlMicroUsd).toBe(cashFlow(fills))
  })

  it("applyFill – matched shares are settled once confirmed; a sell takes from both at once", () => {
    const state = run([
      makeFill("1", "BUY", 5 * SHARE, 5_000),
      makeFill("2", "BUY", 5 * SHARE, 5_000, "matched")
    ])
    expect(positionOf(state)).toMatchObject({ matchedMicroShares: 10 * SHARE, settledMicroShares: 5 * SHARE })
    const sold = applyFill(state, makeFill("3", "SELL", 5 * SHARE, 6_000, "matched"), START_MS)
    expect(positionOf(sold)).toMatchObject({ matchedMicroShares: 5 * SHARE, settledMicroShares: 0 })
    const failed = applyFill(sold, makeFill("3", "SELL", 5 * SHARE, 6_000, "failed"), START_MS)
    expect(positionOf(failed)).toEqual(positionOf(state))
  })

  it("applyFill – a sale that failed leaves the position open, an order alone never closes it (O9)", () => {
    const held = run([makeFill("1", "BUY", 5 * SHARE, 5_000)])
    const sold = applyFill(held, makeFill("2", "SELL", 5 * SHARE, 6_000, "matched"), START_MS)
    expect(positionOf(sold).status).toBe("closed")
    expect(
      positionOf(applyFill(sold, makeFill("2", "SELL", 5 * SHARE, 6_000, "failed"), START_MS))
    ).toMatchObject({
      status: "open",
      settledMicroShares: 5 * SHARE
    })
  })

  it("endWindow – waits for the resolution and books nothing (O11)", () => {
    const held = run([makeFill("1", "BUY", 5 * SHARE, 5_000)])
    const ended = endWindow(held, START_MS)
    const before: Position = positionOf(held)
    expect(positionOf(ended)).toEqual({ ...before, status: "awaiting-settlement" })
    expect(positionOf(settle(ended, "Up", START_MS)).realizedPnlMicroUsd).toBe(2.5 * SHARE)
    expect(positionOf(settle(ended, "Down", START_MS)).realizedPnlMicroUsd).toBe(-2.5 * SHARE)
    const again = settle(ended, "Up", START_MS)
    expect(settle(again, "Down", START_MS)).toBe(again)
  })

  it("resumed – a stored position with its fills is what it was, and goes on as if it never stopped", () => {
    fc.assert(
      fc.property(
        stories.chain((fills) => fc.tuple(fc.constant(fills), fc.nat(fills.length))),
        ([fills, cut]) => {
          const before = run(fills.slice(0, cut))
          const after = resumed(positionOf(before), [...before.fills.values()])
          expect(isUnexplained(after)).toBe(false)
          expect(positionOf(run(fills.slice(cut), after))).toEqual(positionOf(run(fills)))
        }
      ),
      { numRuns: 200 }
    )
  })

  it("resumed – shares whose fills are lost are kept", () => {
    const stored = positionOf(
      run([makeFill("1", "BUY", 5 * SHARE, 5_000), makeFill("2", "BUY", 3 * SHARE, 6_000)])
    )
    const state = resumed(stored, [makeFill("2", "BUY", 3 * SHARE, 6_000)])
    expect(isUnexplained(state)).toBe(true)
    expect(positionOf(state)).toEqual(stored)
  })
})
