import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { CAPABILITIES, type Capability } from "../../src/domain/capability.ts"
import { DEFAULT_LIMITS, type Limits } from "../../src/domain/limits.ts"
import { type MicroUsd, microShares, microUsd, priceTicks } from "../../src/domain/money.ts"
import type { Intent, Order, OrderStatus } from "../../src/domain/order.ts"
import {
  type Approved,
  type RiskState,
  approve,
  exposure,
  sellableMicroShares
} from "../../src/domain/risk.ts"
import { buyCost } from "../../src/domain/sizing.ts"
import { type Outcome, type Window, tokenOf } from "../../src/domain/window.ts"
import {
  END_MS,
  NOW_MS,
  START_MS,
  WINDOW,
  anyShares,
  centPrice,
  makeBook,
  makeOrder,
  makePosition,
  makeRisk,
  makeView,
  makeWindow
} from "./trading-world.ts"

const SHARE = 1_000_000
const OTHER = makeWindow("2")
const ETH = makeWindow("3", { asset: "ETH" })
const WINDOWS = [WINDOW, OTHER, ETH]

const calm = (patch: Partial<RiskState> = {}): RiskState =>
  makeRisk({ views: WINDOWS.map((window) => makeView(5_000, 5_100, { window })), ...patch })
const intentOf = (
  side: "BUY" | "SELL",
  shares: number,
  ticks: number,
  outcome: Outcome = "Up",
  window: Window = WINDOW
): Intent => makeOrder(side, shares, ticks, {}, outcome, window).intent
const reasonOf = (state: RiskState, intent: Intent, limits = DEFAULT_LIMITS): string | undefined =>
  Either.match(approve(limits, state, intent), { onLeft: (reason) => reason, onRight: () => undefined })

const anyWindow = fc.constantFrom(...WINDOWS)
const outcomes = fc.constantFrom<Outcome>("Up", "Down")
const anyIntent = (side: "BUY" | "SELL") =>
  fc.tuple(anyWindow, outcomes, centPrice, anyShares).map(([window, outcome, price, size]) => ({
    ...intentOf(side, 1, 5_000, outcome, window),
    priceTicks: price,
    sizeMicroShares: size
  }))
/** Limits that some entries meet. */
const someDollars = fc.integer({ min: 1, max: 60 }).map((dollars) => microUsd(dollars * SHARE))
const fairLimits: fc.Arbitrary<Limits> = fc
  .record({
    maxOrderUsd: someDollars,
    maxWindowUsd: someDollars,
    maxAssetUsd: someDollars,
    maxTotalUsd: someDollars,
    maxOpenOrders: fc.integer({ min: 1, max: 10 }),
    maxEntriesPerTick: fc.integer({ min: 1, max: 10 }),
    maxEntriesPerWindow: fc.integer({ min: 1, max: 5 })
  })
  .map((limits) => ({ ...DEFAULT_LIMITS, ...limits }))
/** Entries small enough to pass now and then. */
const smallEntry = fc
  .tuple(anyIntent("BUY"), fc.integer({ min: 1, max: 2_000 }))
  .map(([intent, hundredths]) => ({ ...intent, sizeMicroShares: microShares(hundredths * 10_000) }))
const anyOrder: fc.Arbitrary<Order> = fc
  .tuple(
    fc.boolean().chain((buys) => anyIntent(buys ? "BUY" : "SELL")),
    fc.double({ min: 0, max: 1, noNaN: true })
  )
  .map(([intent, part]) => ({
    ...makeOrder(intent.side, 1, 5_000),
    intent,
    filledMicroShares: microShares(Math.floor(intent.sizeMicroShares * part))
  }))
const anyPosition = fc
  .tuple(anyWindow, outcomes, fc.nat(30), fc.nat(30), fc.nat(9_999))
  .map(([window, outcome, matched, settled, ticks]) =>
    makePosition(matched, ticks, { outcome, settledMicroShares: microShares(settled * SHARE) }, window)
  )
const anyUsd = fc.nat(200 * SHARE).map(microUsd)
const anyLimits: fc.Arbitrary<Limits> = fc.record({
  maxOrderUsd: anyUsd,
  maxWindowUsd: anyUsd,
  maxAssetUsd: anyUsd,
  maxTotalUsd: anyUsd,
  maxOpenOrders: fc.nat(6),
  maxEntriesPerTick: fc.nat(5),
  maxEntriesPerWindow: fc.nat(5),
  entryMarginMs: fc.nat(200_000),
  maxBookAgeMs: fc.nat(1_000),
  maxBookSkewMs: fc.nat(1_000)
})
const anyState: fc.Arbitrary<RiskState> = fc
  .record({
    capabilities: fc.subarray([...CAPABILITIES]).map((some): ReadonlySet<Capability> => new Set(some)),
    positions: fc.array(anyPosition, { maxLength: 4 }),
    openOrders: fc.array(anyOrder, { maxLength: 3 }),
    cashMicroUsd: anyUsd,
    nowMs: fc.integer({ min: START_MS - 50_000, max: END_MS + 50_000 })
  })
  .map(calm)

const within = (sum: number, limit: MicroUsd) => expect(sum).toBeLessThanOrEqual(limit)

describe("approve", () => {
  it("approve – over any stream of intents no entry that passes breaks a limit (M3)", () => {
    let passed = 0
    fc.assert(
      fc.property(
        fairLimits,
        fc.array(anyPosition, { maxLength: 2 }),
        fc.array(anyOrder, { maxLength: 2 }),
        fc.array(smallEntry, { maxLength: 20 }),
        someDollars,
        (limits, positions, openOrders, intents, cashMicroUsd) => {
          const done: Array<Intent> = []
          for (const intent of intents) {
            const entriesInWindow = done.filter(({ slug }) => slug === intent.slug).length
            const world = { positions, openOrders, cashMicroUsd, approved: [...done] }
            const state = calm({ ...world, entriesThisTick: done.length, entriesInWindow })
            if (Either.isLeft(approve(limits, state, intent))) continue
            done.push(intent)
            passed += 1
            const after = calm({ ...world, approved: done })
            within(buyCost(WINDOW.fees, intent.priceTicks, intent.sizeMicroShares), limits.maxOrderUsd)
            within(
              exposure(after, ({ slug }) => slug === intent.slug),
              limits.maxWindowUsd
            )
            within(
              exposure(after, ({ asset }) => asset === intent.asset),
              limits.maxAssetUsd
            )
            within(
              exposure(after, () => true),
              limits.maxTotalUsd
            )
            within(
              exposure({ ...after, atStake: [] }, () => true),
              cashMicroUsd
            )
            expect(openOrders.length + done.length).toBeLessThanOrEqual(limits.maxOpenOrders)
            expect(done.length).toBeLessThanOrEqual(limits.maxEntriesPerTick)
            expect(entriesInWindow).toBeLessThan(limits.maxEntriesPerWindow)
          }
        }
      ),
      { numRuns: 300 }
    )
    expect(passed).toBeGreaterThan(50)
  })

  it("approve – an exit passes under every limit and in every market, for shares that are there", () => {
    let passed = 0
    fc.assert(
      fc.property(anyLimits, anyState, anyIntent("SELL"), fc.nat(99), (limits, state, intent, percent) => {
        const free = sellableMicroShares(state, intent.tokenId)
        if (free === 0) return
        const shares = free - Math.floor(((free - 1) * percent) / 100)
        const exit = { ...intent, sizeMicroShares: microShares(shares) }
        expect(Either.isRight(approve(limits, state, exit))).toBe(state.capabilities.has("exit"))
        passed += 1
        const tooMuch = { ...intent, sizeMicroShares: microShares(free + 1) }
        expect(Either.isLeft(approve(limits, state, tooMuch))).toBe(true)
      }),
      { numRuns: 300 }
    )
    expect(passed).toBeGreaterThan(10)
  })

  it("approve – exits of one position never sum to more than it holds", () => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.nat(20),
        fc.array(anyIntent("SELL"), { maxLength: 10 }),
        (matched, settled, intents) => {
          const position = makePosition(matched, 5_000, { settledMicroShares: microShares(settled * SHARE) })
          const done: Array<Intent> = []
          for (const intent of intents) {
            const exit = { ...intent, tokenId: position.tokenId }
            if (
              Either.isRight(approve(DEFAULT_LIMITS, calm({ positions: [position], approved: done }), exit))
            )
              done.push(exit)
          }
          const sum = done.reduce((total, exit) => total + exit.sizeMicroShares, 0)
          expect(sum).toBeLessThanOrEqual(Math.min(matched, settled) * SHARE)
        }
      )
    )
  })

  it("approve – an entry needs start ≤ now < end − margin (P4)", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: START_MS - 5, max: END_MS + 5 }),
          fc.constantFrom(START_MS - 1, START_MS, END_MS - 30_000, END_MS - 30_001, END_MS)
        ),
        (nowMs) => {
          const fresh = { eventTimeMs: nowMs, receivedAtMs: nowMs }
          const view = {
            ...makeView(5_000, 5_100),
            upBook: makeBook(WINDOW.upTokenId, 5_000, 5_100, fresh),
            downBook: makeBook(WINDOW.downTokenId, 4_900, 5_000, fresh)
          }
          const passes = reasonOf(calm({ nowMs, views: [view] }), intentOf("BUY", 5, 5_100)) === undefined
          expect(passes).toBe(nowMs >= START_MS && nowMs < END_MS - DEFAULT_LIMITS.entryMarginMs)
        }
      )
    )
  })

  it.each([
    ["an unknown price to beat", { priceToBeat: undefined }, /price to beat/],
    ["no Up book", { upBook: undefined }, /Up book is not fit: missing/],
    [
      "an empty side",
      { downBook: makeBook(WINDOW.downTokenId, undefined, 5_000) },
      /Down book is not fit: no-bids/
    ],
    ["a crossed book", { upBook: makeBook(WINDOW.upTokenId, 5_200, 5_100) }, /crossed/],
    [
      "an old book",
      { upBook: makeBook(WINDOW.upTokenId, 5_000, 5_100, { receivedAtMs: NOW_MS - 10_001 }) },
      /stale/
    ],
    [
      "books of different times",
      { downBook: makeBook(WINDOW.downTokenId, 4_900, 5_000, { eventTimeMs: NOW_MS - 5_101 }) },
      /5001 ms apart/
    ]
  ])("approve – no entry with %s", (_, patch, reason) => {
    const state = calm({ views: [makeView(5_000, 5_100, patch)] })
    expect(reasonOf(state, intentOf("BUY", 5, 5_100))).toMatch(reason)
    expect(reasonOf(calm(), intentOf("BUY", 5, 5_100))).toBeUndefined()
  })

  it("approve – an order of unknown outcome bars entries in its instrument, no exit and no other instrument", () => {
    const unknown = makeOrder("BUY", 5, 5_100, { status: "unknown" as OrderStatus })
    const state = calm({ openOrders: [unknown], positions: [makePosition(5, 5_000)] })
    expect(reasonOf(state, intentOf("BUY", 5, 5_100))).toMatch(/unknown outcome/)
    expect(reasonOf(state, intentOf("BUY", 5, 5_000, "Down"))).toBeUndefined()
    expect(reasonOf(state, intentOf("SELL", 5, 4_000))).toBeUndefined()
  })

  it.each<[Capability, Intent]>([
    ["enter", intentOf("BUY", 5, 5_100)],
    ["quote", { ...intentOf("BUY", 5, 5_100), postOnly: true }],
    ["exit", intentOf("SELL", 5, 4_000)]
  ])("approve – without the capability %s its intent is left, with it it passes", (capability, intent) => {
    const positions = [makePosition(5, 5_000)]
    const rest = new Set(CAPABILITIES.filter((one) => one !== capability))
    expect(reasonOf(calm({ positions, capabilities: rest }), intent)).toMatch(/halted/)
    expect(
      reasonOf(calm({ positions, capabilities: new Set([capability, "enter"]) }), intent)
    ).toBeUndefined()
  })

  it.each<[string, Intent]>([
    ["a purchase that calls itself an exit", { ...intentOf("BUY", 5, 5_100), purpose: "stop-loss" }],
    ["a sale that calls itself an entry", { ...intentOf("SELL", 5, 5_100), purpose: "entry" }],
    ["no shares", { ...intentOf("BUY", 5, 5_100), sizeMicroShares: microShares(0) }],
    ["a price of nothing", { ...intentOf("BUY", 5, 5_100), priceTicks: priceTicks(0) }],
    ["a price off the tick", intentOf("BUY", 5, 5_150)],
    ["a token of the other outcome", { ...intentOf("BUY", 5, 5_100), tokenId: tokenOf(WINDOW, "Down") }],
    ["another coin's window", { ...intentOf("BUY", 5, 5_100), asset: "ETH" }]
  ])("approve – leaves %s", (_, intent) => {
    expect(reasonOf(calm({ positions: [makePosition(50, 5_000)] }), intent)).toBeTypeOf("string")
  })

  it("Approved – is a type that only the gate makes", () => {
    const needs = (intent: Approved<Intent>) => intent.sizeMicroShares
    // @ts-expect-error an intent that was not approved is no approved intent
    expect(needs(intentOf("BUY", 5, 5_100))).toBe(5 * SHARE)
  })

  it("approve – what cannot be sold again is not bought: fewer shares than the market's least order", () => {
    const reason = (shares: number) => reasonOf(calm(), intentOf("BUY", shares, 5_100))
    expect(reason(5)).toBeUndefined()
    expect(reason(4.99)).toMatch(/fewer shares than can be sold again/)
  })

  it("approve – where books and venue differ nothing is entered, and everything may be sold", () => {
    const here = new Map([[WINDOW.upTokenId, "they differ"]])
    const inInstrument = { bars: { everything: undefined, instruments: here } }
    const everywhere = { bars: { everything: "cash is missing", instruments: new Map() } }
    const held = { positions: [makePosition(5, 5_000)] }
    expect(reasonOf(calm(inInstrument), intentOf("BUY", 5, 5_100))).toBe("they differ")
    expect(reasonOf(calm(inInstrument), intentOf("BUY", 5, 5_100, "Down"))).toBeUndefined()
    expect(reasonOf(calm(everywhere), intentOf("BUY", 5, 5_100, "Down"))).toBe("cash is missing")
    expect(reasonOf(calm({ ...everywhere, ...held }), intentOf("SELL", 5, 4_000))).toBeUndefined()
    expect(reasonOf(calm({ ...inInstrument, ...held }), intentOf("SELL", 5, 4_000))).toBeUndefined()
  })
})
