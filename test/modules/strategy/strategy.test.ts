import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc, Schema } from "effect"
import { probabilityUp } from "../../../src/domain/fair-value.ts"
import { takerFee } from "../../../src/domain/fees.ts"
import { microShares } from "../../../src/domain/money.ts"
import { evaluate } from "../../../src/modules/strategy/entry.ts"
import { Settings, layerConfig } from "../../../src/modules/strategy/strategy.ts"
import { Strategy, type TradingContext, type WindowView } from "../../../src/ports/trading.ts"
import {
  END_MS,
  NOW_MS,
  START_MS,
  STRIKE,
  WINDOW,
  makeBook,
  makeContext,
  makeOrder,
  makePosition,
  makeSpot,
  makeView,
  makeWindow
} from "../../domain/trading-world.ts"

const settings = Schema.decodeSync(Settings)({})
const spotAt = (gapMicros: number) => new Map([["BTC" as const, makeSpot(gapMicros)]])

/** Spot far above the strike, and a book that has not noticed: Up at 0.50 is a bargain. */
const bargain = (view: Partial<WindowView> = {}, context: Partial<TradingContext> = {}): TradingContext =>
  makeContext({ views: [makeView(4_900, 5_000, view)], spot: spotAt(700), ...context })

describe("evaluate", () => {
  it("bargain – buys the lagging outcome at its ask, with its edge", () => {
    const { wanted } = evaluate(settings, bargain())
    expect(wanted).toMatchObject([{ outcome: "Up", limitPriceTicks: 5_000, window: WINDOW }])
    const down = evaluate(settings, makeContext({ views: [makeView(4_900, 5_000)], spot: spotAt(-700) }))
    expect(down.wanted).toMatchObject([{ outcome: "Down", limitPriceTicks: 5_100 }])
  })

  const scene = fc.record({
    gap: fc.integer({ min: -1_500, max: 1_500 }),
    bid: fc.integer({ min: 1, max: 98 }),
    spread: fc.integer({ min: 1, max: 4 }),
    weight: fc.double({ min: 0, max: 1, noNaN: true }),
    rateMicros: fc.constantFrom(0, 70_000, 250_000)
  })
  it.prop(
    "edge – what it wants is worth the least edge after the exact fee of any order",
    [scene, fc.integer({ min: 1, max: 400 })],
    ([given, shares]) => {
      const bid = given.bid * 100
      const ask = Math.min(9_900, bid + given.spread * 100)
      const window = makeWindow("1", { fees: { rateMicros: given.rateMicros, exponent: 1, takerOnly: true } })
      const tuned = { ...settings, modelWeight: given.weight }
      const { declined, wanted } = evaluate(
        tuned,
        makeContext({ views: [makeView(bid, ask, { window })], spot: spotAt(given.gap) })
      )
      expect(wanted.length).toBeLessThanOrEqual(1)
      expect(wanted.length + declined.length).toBe(2)
      const up = probabilityUp({
        ...makeSpot(given.gap),
        rule: window.rule,
        endMs: window.endMs,
        priceToBeat: STRIKE
      })
      for (const signal of wanted) {
        const price = signal.limitPriceTicks
        const mid = signal.outcome === "Up" ? (bid + ask) / 2 : 10_000 - (bid + ask) / 2
        const model = signal.outcome === "Up" ? up : 1 - up
        const believed = given.weight * model + (1 - given.weight) * (mid / 10_000)
        expect(signal.probabilityMicros).toBeLessThanOrEqual(believed * 1e6 + 1e-3)
        const size = microShares(shares * 1_000_000)
        const gainUsd = believed * shares - (price / 1e4) * shares - takerFee(window.fees, price, size) / 1e6
        expect(gainUsd / shares).toBeGreaterThanOrEqual(signal.edgeTicks / 1e4 - 1e-5)
        expect(signal.edgeTicks).toBeGreaterThanOrEqual(settings.minEdgeTicks)
        expect(price).toBeGreaterThanOrEqual(settings.minPriceTicks)
        expect(price).toBeLessThanOrEqual(settings.maxPriceTicks)
      }
    }
  )

  it.each([
    [
      "a window that has not begun",
      bargain({ window: makeWindow("1", { startMs: NOW_MS + 1 }) }),
      /does not trade/
    ],
    ["an upcoming phase", bargain({ phase: "upcoming" }), /does not trade/],
    ["an ended phase", bargain({ phase: "ended" }), /does not trade/],
    ["too little time", bargain({}, { nowMs: END_MS - 14_999 }), /14999 ms left/],
    ["an unknown price to beat", bargain({ priceToBeat: undefined }), /price to beat is not known/],
    ["no spot", bargain({}, { spot: new Map() }), /no fresh BTC price/],
    ["another asset's spot", bargain({ window: makeWindow("1", { asset: "ETH" }) }), /no fresh ETH price/],
    [
      "no volatility",
      bargain({}, { spot: new Map([["BTC" as const, makeSpot(700, { volatilityPerSqrtSecondE9: 0 })]]) }),
      /volatility/
    ],
    [
      "a Binance candle",
      bargain({ window: makeWindow("1", { rule: { _tag: "BinanceHourCandle" } }) }),
      /settles on Binance/
    ],
    [
      "a held position",
      bargain({}, { positions: [makePosition(5, 5_000, { outcome: "Down" })] }),
      /position is held/
    ],
    ["an open order", bargain({}, { openOrders: [makeOrder("BUY", 5, 5_000, {}, "Down")] }), /order is open/],
    [
      "books of different times",
      bargain({ downBook: makeBook(WINDOW.downTokenId, 5_000, 5_100, { eventTimeMs: NOW_MS - 3_101 }) }),
      /different times/
    ]
  ])("decline – %s is left alone, with one reason", (_, context, reason) => {
    const { declined, wanted } = evaluate(settings, context)
    expect(wanted).toEqual([])
    expect(declined).toMatchObject([{ module: "strategy", subject: WINDOW.slug }])
    expect(declined[0]?.reason).toMatch(reason)
  })

  it.each([
    ["missing", undefined],
    ["no-bids", makeBook(WINDOW.upTokenId, undefined, 5_000)],
    ["no-asks", makeBook(WINDOW.upTokenId, 4_900, undefined)],
    ["crossed", makeBook(WINDOW.upTokenId, 5_000, 5_000)],
    ["stale", makeBook(WINDOW.upTokenId, 4_900, 5_000, { receivedAtMs: NOW_MS - 10_001 })]
  ])("book – %s: no entry on that outcome", (defect, upBook) => {
    const { declined, wanted } = evaluate(settings, bargain({ upBook }))
    expect(wanted).toEqual([])
    expect(declined).toContainEqual({
      module: "strategy",
      subject: `${WINDOW.slug} Up`,
      reason: `book ${defect}`
    })
  })

  it("other windows – a position in one keeps no other from its entry, and one bad window hides none", () => {
    const second = makeWindow("2")
    const { wanted } = evaluate(
      settings,
      bargain(
        {},
        {
          views: [
            makeView(4_900, 5_000, { priceToBeat: undefined }),
            makeView(4_900, 5_000, { window: second })
          ],
          positions: [makePosition(5, 5_000)]
        }
      )
    )
    expect(wanted.map(({ window }) => window.slug)).toEqual([second.slug])
  })

  it("setting – more than one position per window where it is allowed", () => {
    const context = bargain({}, { positions: [makePosition(5, 5_000)] })
    expect(evaluate({ ...settings, onePositionPerWindow: false }, context).wanted).toHaveLength(1)
  })

  it("start – the first moment of a window may be traded", () => {
    const context = bargain({ window: makeWindow("1", { startMs: NOW_MS, endMs: NOW_MS + 300_000 }) })
    expect(START_MS).toBeLessThan(NOW_MS)
    expect(evaluate(settings, context).wanted).toHaveLength(1)
  })

  it("both – never the two outcomes of a window at once, even where a broken venue sells both cheap", () => {
    const context = bargain(
      {
        upBook: makeBook(WINDOW.upTokenId, 1_500, 1_600),
        downBook: makeBook(WINDOW.downTokenId, 1_100, 1_200)
      },
      { spot: spotAt(0) }
    )
    const { declined, wanted } = evaluate({ ...settings, modelWeight: 1 }, context)
    expect(wanted).toHaveLength(1)
    expect(wanted[0]?.outcome).toBe("Down")
    expect(declined[0]?.reason).toMatch(/other outcome has the larger edge/)
  })

  it.effect("layer – answers with the same decisions", () =>
    Effect.gen(function* () {
      const strategy = yield* Strategy
      expect(yield* strategy.evaluate(bargain())).toEqual(evaluate(settings, bargain()))
    }).pipe(Effect.provide(layerConfig(settings)))
  )
})

describe("Settings", () => {
  it.each([
    { minEdgeTicks: -1 },
    { modelWeight: 1.1 },
    { maxPriceTicks: 10_001 },
    { minTimeLeftMs: 0.5 },
    { minEdgeTicks: null },
    { modelWeight: Number.NaN }
  ])("ranges – refuses %o", (bad) => {
    expect(Either.isLeft(Schema.decodeUnknownEither(Settings)(bad))).toBe(true)
  })

  it("zero – is a value, not a missing one", () => {
    expect(Schema.decodeSync(Settings)({ minEdgeTicks: 0, modelWeight: 0 })).toMatchObject({
      minEdgeTicks: 0,
      modelWeight: 0
    })
  })
})
