import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc, Schema } from "effect"
import type { Json, MarketEvent, MarketSource } from "../../../src/paper-exchange/market-source.ts"
import { SimulatorSettings } from "../../../src/paper-exchange/simulator/settings.ts"
import { makeSimulatedMarket } from "../../../src/paper-exchange/simulator/simulated-market.ts"
import { eventsUntil } from "./statistics.ts"

const settingsOf = Schema.decodeUnknownSync(SimulatorSettings)
const defaults = settingsOf({})
const MINUTE_MS = 60_000

const takeUntil = (source: MarketSource, untilMs: number): ReadonlyArray<MarketEvent> => {
  const events: Array<MarketEvent> = []
  for (let at = source.nextAtMs(); at !== undefined && at < untilMs; at = source.nextAtMs()) {
    events.push(...source.take())
  }
  return events
}

const throughText = (json: Json): Json => {
  const restored: Json = JSON.parse(JSON.stringify(json))
  return restored
}

const someSettings = fc
  .record({
    startMs: fc.integer({ min: 0, max: 900 }).map((second) => defaults.startMs + second * 1000),
    assets: fc.constantFrom(["BTC"], ["ETH", "BTC"], ["XRP", "DOGE", "SOL"]),
    intervals: fc.constantFrom(["5m"], ["15m"], ["5m", "15m"]),
    bookIntervalMs: fc.constantFrom(200, 500, 1000),
    listAheadMs: fc.constantFrom(0, 1, 600_000, 1_000_000),
    spotDelayMs: fc.constantFrom(0, 1_320, 7_000),
    levelsPerSide: fc.integer({ min: 1, max: 99 })
  })
  .map((some) => settingsOf(some))
const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

describe("makeSimulatedMarket", () => {
  it.prop(
    "save – a market restored from its text goes on exactly as the uninterrupted one",
    [someSettings, seeds, fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 })],
    ([settings, seed, firstTakes, moreTakes]) => {
      const whole = makeSimulatedMarket(settings, seed)
      for (let i = 0; i < firstTakes; i++) whole.take()
      const saved = throughText(whole.save())
      let resumed = makeSimulatedMarket(settings, 0, saved)
      expect(resumed.startMs).toBe(whole.startMs)
      for (let i = 0; i < moreTakes; i++) {
        expect(resumed.nextAtMs()).toBe(whole.nextAtMs())
        expect(JSON.stringify(resumed.take())).toBe(JSON.stringify(whole.take()))
        if (i % 100 === 99) resumed = makeSimulatedMarket(settings, 1, throughText(resumed.save()))
      }
      expect(throughText(resumed.save())).toEqual(throughText(whole.save()))
    },
    { fastCheck: { numRuns: 40 } }
  )

  it("save – a resolution and the windows after it survive a restart in between", () => {
    const whole = makeSimulatedMarket(defaults, 5)
    takeUntil(whole, defaults.startMs + 5.5 * MINUTE_MS)
    const resumed = makeSimulatedMarket(defaults, 5, throughText(whole.save()))
    const untilMs = defaults.startMs + 17 * MINUTE_MS
    const events = takeUntil(resumed, untilMs)
    expect(JSON.stringify(events)).toBe(JSON.stringify(takeUntil(whole, untilMs)))
    expect(events.filter((event) => event._tag === "Resolved")).toHaveLength(4)
  })

  it.prop(
    "take – the same seed gives the same events, another seed others",
    [seeds, seeds],
    ([seed, other]) => {
      fc.pre(seed !== other)
      const run = (from: number) => JSON.stringify([...eventsUntil(defaults, from, MINUTE_MS / 2)])
      expect(run(seed)).toBe(run(seed))
      expect(run(seed)).not.toBe(run(other))
    },
    { fastCheck: { numRuns: 20 } }
  )

  it("take – gives the bytes it gave when it was calibrated, on whatever machine this runs", () => {
    const hash = createHash("sha256")
    for (const event of eventsUntil(defaults, 7, 16 * MINUTE_MS)) hash.update(JSON.stringify(event))
    expect(hash.digest("hex")).toBe("58ca3dec13dc6ecb53c508124a52c5d81d3470d5919ecc4f0d5f51d022a49402")
  })

  it("take – prices, strikes and outcomes do not depend on how others quote or what else is simulated", () => {
    const truth = (change: object) =>
      [...eventsUntil(settingsOf(change), 11, 7 * MINUTE_MS)]
        .filter((event) => event._tag === "Spot" || event._tag === "Resolved")
        .filter((event) =>
          event._tag === "Spot" ? event.asset === "BTC" : event.resolution.slug.startsWith("btc-updown-5m")
        )
    const alone = truth({})
    expect(alone.length).toBeGreaterThan(400)
    expect(
      truth({ assets: ["ETH", "BTC"], intervals: ["5m"], quoteNoiseCents: 3, takerRateFactor: 0.1 })
    ).toEqual(alone)
  })

  it("restore – new assets and intervals begin, dropped ones run to their resolution and list no more", () => {
    const before = makeSimulatedMarket(settingsOf({ assets: ["BTC", "XRP"], intervals: ["5m"] }), 3)
    takeUntil(before, defaults.startMs + 2 * MINUTE_MS)
    const settings = settingsOf({ assets: ["BTC", "ETH"], intervals: ["5m", "15m"], bookIntervalMs: 1000 })
    const after = makeSimulatedMarket(settings, 3, throughText(before.save()))
    const events = takeUntil(after, defaults.startMs + 32 * MINUTE_MS)
    const listed = events.flatMap((event) => (event._tag === "Listed" ? [event.market] : []))
    const kinds = new Set(listed.map((market) => `${market.asset} ${market.interval}`))
    expect([...kinds].toSorted()).toEqual(["BTC 15m", "BTC 5m", "ETH 15m", "ETH 5m"])
    const resolved = events.flatMap((event) => (event._tag === "Resolved" ? [event.resolution.slug] : []))
    expect(resolved.filter((slug) => slug.startsWith("xrp"))).toHaveLength(3)
    expect(resolved).toContain(`eth-updown-15m-${defaults.startMs / 1000}`)
  })

  it.prop(
    "restore – refuses what is no saved market",
    [fc.oneof(fc.constant(null), fc.constant({}), fc.constant({ version: 2 }), fc.string())],
    ([json]) => {
      expect(() => makeSimulatedMarket(defaults, 1, json)).toThrow()
    }
  )
})
