import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { type Verdict, decideExits, toExitIntent, withoutPromised } from "../../src/domain/exits.ts"
import { averageCost, sellLimit, sellableShares } from "../../src/domain/holding.ts"
import { microShares, microUsd, priceTicks } from "../../src/domain/money.ts"
import type { ExitSignal } from "../../src/domain/signal.ts"
import { tokenOf } from "../../src/domain/window.ts"
import {
  NOW_MS,
  WINDOW,
  anyShares,
  centPrice,
  makeBook,
  makeContext,
  makeOrder,
  makePosition,
  makeView,
  makeWindow
} from "./trading-world.ts"

const sell = (): Verdict => ({ _tag: "Sell", limitPriceTicks: priceTicks(4_000), reason: "triggered" })
const MAX_AGE_MS = 30_000

describe("sellableShares", () => {
  it.prop(
    "bound – with what orders have promised, never more than matched or settled",
    [
      anyShares,
      anyShares,
      fc.array(fc.tuple(anyShares, fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 3 })
    ],
    ([matched, settled, orders]) => {
      const position = { ...makePosition(0, 5_000), matchedMicroShares: matched, settledMicroShares: settled }
      const openOrders = orders.map(([size, part], index) => {
        const order = makeOrder("SELL", 1, 5_000 + index * 100)
        return {
          ...order,
          intent: { ...order.intent, sizeMicroShares: size },
          filledMicroShares: microShares(Math.floor(size * part))
        }
      })
      const promised = openOrders.reduce((sum, o) => sum + o.intent.sizeMicroShares - o.filledMicroShares, 0)
      const sellable = sellableShares(position, openOrders)
      expect(sellable % 10_000).toBe(0)
      expect(sellable).toBeLessThanOrEqual(Math.max(0, Math.min(matched, settled) - promised))
      expect(sellable).toBeGreaterThan(Math.min(matched, settled) - promised - 10_000)
    }
  )

  it("others – buys, and sells of another token, promise nothing of this one", () => {
    const orders = [makeOrder("BUY", 9, 5_000), makeOrder("SELL", 9, 5_000, {}, "Down")]
    expect(sellableShares(makePosition(10, 5_000), orders)).toBe(10_000_000)
  })
})

describe("sellLimit", () => {
  it.prop(
    "tick – a price the venue takes, at most the bid",
    [centPrice, fc.nat(12_000), fc.constantFrom(100, 10)],
    ([bid, slippage, tick]) => {
      const limit = sellLimit(makeWindow("1", { tickSizeTicks: priceTicks(tick) }), bid, slippage)
      expect(limit % tick).toBe(0)
      expect(limit).toBeGreaterThanOrEqual(tick)
      expect(limit).toBeLessThanOrEqual(bid)
      expect(limit === tick || limit > bid - slippage - tick).toBe(true)
    }
  )
})

describe("averageCost", () => {
  it.prop(
    "rounding – never below what was paid, by less than a tick",
    [anyShares, fc.integer({ min: 1, max: 9_999 })],
    ([shares, ticks]) => {
      const cost = microUsd(Math.floor((shares * ticks) / 10_000))
      const average = averageCost({ ...makePosition(0, 0), matchedMicroShares: shares, costMicroUsd: cost })
      if (shares === 0) {
        expect(average).toBeUndefined()
        return
      }
      const scaled = BigInt(average ?? -1) * BigInt(shares)
      expect(scaled >= BigInt(cost) * 10_000n).toBe(true)
      expect(scaled < BigInt(cost) * 10_000n + BigInt(shares)).toBe(true)
    }
  )
})

describe("decideExits", () => {
  const decide = (context: Parameters<typeof decideExits>[1], judge = sell) =>
    decideExits("stop-loss", context, MAX_AGE_MS, judge)

  it("sells – all that is settled, with the smaller of matched and settled", () => {
    const position = { ...makePosition(12, 5_000), settledMicroShares: microShares(7_005_000) }
    const { declined, wanted } = decide(
      makeContext({ views: [makeView(4_500, 4_600)], positions: [position] })
    )
    expect(declined).toEqual([])
    expect(wanted).toMatchObject([
      { side: "SELL", outcome: "Up", sizeMicroShares: 7_000_000, limitPriceTicks: 4_000 }
    ])
  })

  it.each([
    ["no bids", { upBook: makeBook(WINDOW.upTokenId, undefined, 4_600) }, {}, /no bids/],
    ["no book", { upBook: undefined }, {}, /no book/],
    [
      "an old book",
      { upBook: makeBook(WINDOW.upTokenId, 4_500, 4_600, { receivedAtMs: NOW_MS - 30_001 }) },
      {},
      /30001 ms old/
    ],
    ["an ended window", { phase: "ended" as const }, {}, /does not trade/],
    ["nothing settled", {}, { settledMicroShares: microShares(0) }, /none of 12 shares has settled/],
    ["dust", {}, { settledMicroShares: microShares(4_990_000) }, /dust: held to settlement, 4.99 shares/]
  ])("reason – with %s it says why nothing is sold", (_, view, position, expected) => {
    const { declined, wanted } = decide(
      makeContext({
        views: [makeView(4_500, 4_600, view)],
        positions: [{ ...makePosition(12, 5_000), ...position }]
      })
    )
    expect(wanted).toEqual([])
    expect(declined.map(({ reason }) => reason)).toEqual([expect.stringMatching(expected)])
  })

  it("reason – an untracked window, and a position already in sell orders", () => {
    const positions = [makePosition(12, 5_000)]
    expect(decide(makeContext({ positions })).declined[0]?.reason).toMatch(/not tracked/)
    const selling = makeContext({
      positions,
      views: [makeView(4_500, 4_600)],
      openOrders: [makeOrder("SELL", 12, 4_000, { status: "unknown" })]
    })
    expect(decide(selling)).toMatchObject({ wanted: [], declined: [{ reason: /open sell orders/ }] })
  })

  const scene = fc.record({
    positions: fc.array(
      fc.record({
        outcome: fc.constantFrom("Up" as const, "Down" as const),
        status: fc.constantFrom("open" as const, "awaiting-settlement" as const, "closed" as const),
        matched: anyShares,
        settled: anyShares
      }),
      { maxLength: 5 }
    ),
    bid: fc.option(fc.integer({ min: 1, max: 98 }), { nil: undefined }),
    tracked: fc.boolean()
  })
  it.prop(
    "totality – every open position ends in one signal or one reason, others in neither",
    [scene],
    ([given]) => {
      const positions = given.positions.map(({ matched, outcome, settled, status }) => ({
        ...makePosition(0, 0, { outcome, status }),
        matchedMicroShares: matched,
        settledMicroShares: settled,
        costMicroUsd: microUsd(Math.floor(matched / 2))
      }))
      const bidTicks = given.bid === undefined ? undefined : given.bid * 100
      const view = makeView(4_500, 4_600, {
        upBook: makeBook(WINDOW.upTokenId, bidTicks, 9_900),
        downBook: makeBook(WINDOW.downTokenId, bidTicks, 9_900)
      })
      const { declined, wanted } = decide(makeContext({ views: given.tracked ? [view] : [], positions }))
      expect(wanted.length + declined.length).toBe(positions.filter(({ status }) => status === "open").length)
      expect(declined.every(({ reason }) => reason.length > 0)).toBe(true)
      for (const { sizeMicroShares } of wanted) {
        expect(sizeMicroShares).toBeGreaterThanOrEqual(WINDOW.minSizeMicroShares)
      }
    }
  )
})

describe("withoutPromised", () => {
  const signal = fc
    .tuple(
      fc.constantFrom("1", "2"),
      fc.constantFrom("Up" as const, "Down" as const),
      fc.constantFrom("stop-loss" as const, "take-profit" as const, "expiry" as const)
    )
    .map(
      ([name, outcome, purpose]): ExitSignal => ({
        window: makeWindow(name),
        outcome,
        side: "SELL",
        purpose,
        limitPriceTicks: priceTicks(4_000),
        sizeMicroShares: microShares(5_000_000),
        reason: "wanted"
      })
    )

  it.prop(
    "once – the first of each token is kept, every other is declined, in any split of the tick",
    [fc.array(signal, { maxLength: 8 }), fc.nat(8)],
    ([signals, cut]) => {
      const whole = withoutPromised(signals)
      const tokens = whole.wanted.map(({ outcome, window }) => tokenOf(window, outcome))
      expect(new Set(tokens).size).toBe(tokens.length)
      expect(new Set(tokens)).toEqual(new Set(signals.map((s) => tokenOf(s.window, s.outcome))))
      expect(whole.wanted.length + whole.declined.length).toBe(signals.length)
      const first = withoutPromised(signals.slice(0, cut))
      const second = withoutPromised(signals.slice(cut), first.promised)
      expect([...first.wanted, ...second.wanted]).toEqual(whole.wanted)
    }
  )
})

describe("toExitIntent", () => {
  it("order – a FAK sell of the signal's token that leaves nothing resting", () => {
    const intent = toExitIntent(
      {
        window: WINDOW,
        outcome: "Down",
        side: "SELL",
        purpose: "expiry",
        limitPriceTicks: priceTicks(3_300),
        sizeMicroShares: microShares(6_000_000),
        reason: "9000 ms left"
      },
      NOW_MS
    )
    expect(intent).toMatchObject({
      slug: WINDOW.slug,
      conditionId: WINDOW.conditionId,
      tokenId: WINDOW.downTokenId,
      side: "SELL",
      orderType: "FAK",
      priceTicks: 3_300,
      sizeMicroShares: 6_000_000,
      postOnly: false,
      expiresAtMs: null,
      purpose: "expiry",
      createdAtMs: NOW_MS
    })
  })
})
