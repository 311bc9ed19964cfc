import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc, Schema } from "effect"
import { microShares, microUsd, priceTicks } from "../../../src/domain/money.ts"
import type { EntrySignal } from "../../../src/domain/signal.ts"
import { buyCost } from "../../../src/domain/sizing.ts"
import { Settings, layerConfig } from "../../../src/modules/position-sizer/position-sizer.ts"
import { size } from "../../../src/modules/position-sizer/size.ts"
import { PositionSizer, type TradingContext } from "../../../src/ports/trading.ts"
import {
  NOW_MS,
  WINDOW,
  makeBook,
  makeContext,
  makeOrder,
  makeView,
  makeWindow
} from "../../domain/trading-world.ts"

const settings = Schema.decodeSync(Settings)({})
const signal = (patch: Partial<EntrySignal> = {}): EntrySignal => ({
  window: WINDOW,
  outcome: "Up",
  limitPriceTicks: priceTicks(5_000),
  probabilityMicros: 600_000,
  edgeTicks: 800,
  reason: "model 0.6",
  ...patch
})
const world = (patch: Partial<TradingContext> = {}) =>
  makeContext({ views: [makeView(4_900, 5_000)], ...patch })
const reasonOf = (answer: ReturnType<typeof size>) => Either.getOrThrow(Either.flip(answer)).reason
const sizeOf = (answer: ReturnType<typeof size>): number => Either.getOrThrow(answer).sizeMicroShares

describe("size", () => {
  it("intent – carries the signal's instrument, limit and reason", () => {
    expect(
      Either.getOrThrow(
        size(settings, signal({ outcome: "Down", limitPriceTicks: priceTicks(5_100) }), world())
      )
    ).toEqual({
      slug: WINDOW.slug,
      asset: "BTC",
      conditionId: WINDOW.conditionId,
      tokenId: WINDOW.downTokenId,
      outcome: "Down",
      side: "BUY",
      orderType: "FAK",
      priceTicks: 5_100,
      sizeMicroShares: 18_000_000,
      postOnly: false,
      expiresAtMs: null,
      purpose: "entry",
      reason: "model 0.6",
      createdAtMs: NOW_MS
    })
  })

  it.prop(
    "cash – with what open buys may still take, never spends more than there is",
    [
      fc.integer({ min: -1_000_000, max: 40_000_000 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 99 })), { maxLength: 3 }),
      fc.constantFrom("FAK" as const, "GTC" as const),
      fc.constantFrom("fixed" as const, "kelly" as const)
    ],
    ([cash, orders, orderType, method]) => {
      const openOrders = orders.map(([shares, cents]) => makeOrder("BUY", shares, cents * 100))
      const answer = size(
        { ...settings, orderType, method, kellyFraction: 1 },
        signal(),
        world({ cashMicroUsd: microUsd(cash), openOrders })
      )
      if (Either.isLeft(answer)) return
      const costs = [...openOrders.map(({ intent }) => intent), answer.right].map((intent) =>
        buyCost(WINDOW.fees, intent.priceTicks, intent.sizeMicroShares)
      )
      expect(costs.reduce((sum, cost) => sum + cost, 0)).toBeLessThanOrEqual(cash)
      expect(costs.at(-1)).toBeLessThanOrEqual(settings.orderUsd)
    }
  )

  it("depth – takes no more than rests at the limit or better, unless told otherwise", () => {
    const ask = (ticks: number, shares: number) => ({
      priceTicks: priceTicks(ticks),
      sizeMicroShares: microShares(shares * 1_000_000)
    })
    const upBook = {
      ...makeBook(WINDOW.upTokenId, 4_800, 4_900),
      asks: [ask(4_900, 4), ask(5_000, 3), ask(5_100, 50)]
    }
    const context = world({ views: [makeView(4_800, 4_900, { upBook })] })
    expect(sizeOf(size(settings, signal(), context))).toBe(7_000_000)
    expect(sizeOf(size({ ...settings, boundByDepth: false }, signal(), context))).toBe(19_320_000)
    expect(reasonOf(size(settings, signal({ limitPriceTicks: priceTicks(4_900) }), context))).toMatch(
      /4 shares of depth/
    )
    expect(reasonOf(size(settings, signal(), world({ views: [] })))).toMatch(/0 shares of depth/)
  })

  it("kelly – grows with the edge up to orderUsd, and stakes nothing without one", () => {
    const kelly = { ...settings, method: "kelly" as const, kellyFraction: 0.25 }
    const at = (probabilityMicros: number) => size(kelly, signal({ probabilityMicros }), world())
    expect(sizeOf(at(600_000))).toBeLessThan(sizeOf(at(640_000)))
    expect(sizeOf(at(900_000))).toBe(sizeOf(size(settings, signal(), world())))
    expect(reasonOf(at(510_000))).toMatch(/budget of \$0.00/)
  })

  it("tick – a limit between ticks is bought at the tick below, never above", () => {
    expect(
      Either.getOrThrow(size(settings, signal({ limitPriceTicks: priceTicks(5_099) }), world())).priceTicks
    ).toBe(5_000)
    for (const limit of [99, 0, 10_000]) {
      expect(reasonOf(size(settings, signal({ limitPriceTicks: priceTicks(limit) }), world()))).toMatch(
        /no order can be placed/
      )
    }
  })

  it("too little – no cash, or less than can be sold again, is declined in the module's name", () => {
    expect(size(settings, signal(), world({ cashMicroUsd: microUsd(0) }))).toMatchObject(
      Either.left({ module: "position-sizer", subject: `${WINDOW.slug} Up`, reason: "no free cash: $0.00" })
    )
    expect(reasonOf(size(settings, signal(), world({ cashMicroUsd: microUsd(2_500_000) })))).toMatch(
      /below the least sellable size of 5/
    )
    const large = makeWindow("1", { minSizeMicroShares: microShares(50_000_000) })
    expect(reasonOf(size(settings, signal({ window: large }), world()))).toMatch(/size of 50/)
  })

  it.effect("layer – answers with the same decisions", () =>
    Effect.gen(function* () {
      const sizer = yield* PositionSizer
      expect(yield* sizer.size(signal(), world())).toEqual(size(settings, signal(), world()))
    }).pipe(Effect.provide(layerConfig(settings)))
  )
})

describe("Settings", () => {
  it("money – dollars are read from text, exactly", () => {
    expect(Schema.decodeSync(Settings)({ orderUsd: "12.345678" }).orderUsd).toBe(12_345_678)
    expect(Schema.encodeSync(Settings)(settings).orderUsd).toBe("10.00")
  })

  it.each(["0", "-1", "1e3", "ten", "1.2345678", 10, null])("money – refuses %o", (orderUsd) => {
    expect(Either.isLeft(Schema.decodeUnknownEither(Settings)({ orderUsd }))).toBe(true)
  })
})
