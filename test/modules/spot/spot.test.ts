import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, Layer, Metric, Schema, TestClock } from "effect"
import type { Asset } from "../../../src/domain/asset.ts"
import { spotPrice } from "../../../src/domain/money.ts"
import { Settings, layerConfig, ticksDropped } from "../../../src/modules/spot/spot.ts"
import { Spot, SpotSource, type SpotTick } from "../../../src/ports/spot.ts"
import { withSkewedClock } from "../../support/skewed-clock.ts"

const EPOCH_MS = 1_790_000_000_000
const tick = (atMs: number, price: number, asset: Asset = "BTC"): SpotTick => ({
  asset,
  price: spotPrice(price),
  observedAtMs: EPOCH_MS + atMs
})

/** A source whose ticks the test puts in. */
const feed = () => {
  const waiting: Array<SpotTick> = []
  return {
    push: (...ticks: ReadonlyArray<SpotTick>) => void waiting.push(...ticks),
    layer: Layer.succeed(SpotSource, {
      assets: new Set(["BTC", "ETH", "SOL"] as const),
      takeTicks: Effect.sync(() => waiting.splice(0))
    })
  }
}

const withSpot = <A, E>(
  encoded: typeof Settings.Encoded,
  body: (spot: typeof Spot.Service, push: ReturnType<typeof feed>["push"]) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const { layer, push } = feed()
    const settings = yield* Schema.decode(Settings)(encoded)
    yield* TestClock.setTime(EPOCH_MS)
    return yield* Effect.flatMap(Spot, (spot) => body(spot, push)).pipe(
      Effect.provide(layerConfig(settings).pipe(Layer.provide(layer)))
    )
  })

const dropped = (asset: Asset, why: string) =>
  Metric.value(ticksDropped.pipe(Metric.tagged("asset", asset), Metric.tagged("why", why))).pipe(
    Effect.map(({ count }) => count)
  )

describe("refresh", () => {
  it.effect("stale – names every asset whose price is too old, and works again when it is fresh", () =>
    withSpot({ assets: ["BTC", "ETH", "SOL"] }, (spot, push) =>
      Effect.gen(function* () {
        push(tick(-5_000, 100), tick(-5_001, 200, "ETH"))
        const error = yield* Effect.flip(spot.refresh)
        expect(error).toMatchObject({
          _tag: "SpotError",
          reason: "Stale",
          module: "spot",
          operation: "refresh"
        })
        expect(error.message).toMatch(/ETH \(5001 ms old\), SOL \(no price yet\)/)
        expect(error.message).not.toMatch(/BTC/)
        expect((yield* spot.view("BTC"))?.price).toBe(100)
        expect(yield* spot.view("ETH")).toBeUndefined()
        push(tick(0, 201, "ETH"), tick(0, 300, "SOL"))
        yield* spot.refresh
        expect((yield* spot.view("ETH"))?.price).toBe(201)
      })
    )
  )

  it.effect("view – a wall clock that is put back does not make an old price young again", () =>
    withSkewedClock((putBy) =>
      withSpot({}, (spot, push) =>
        Effect.gen(function* () {
          push(tick(0, 100))
          yield* spot.refresh
          putBy(-60_000)
          expect(yield* spot.view("BTC"), "a minute ahead").toBeUndefined()
          expect((yield* Effect.flip(spot.refresh)).message).toContain("60000 ms ahead of our clock")
          // The wall clock has come to the price's stamp again: it looks new, and is a minute old.
          yield* TestClock.adjust("60 seconds")
          push(tick(60_000, 101))
          expect((yield* Effect.flip(spot.refresh)).message).toContain("ms old, whatever our clock says")
          expect(yield* spot.view("BTC"), "a minute old").toBeUndefined()
          putBy(0)
          push(tick(60_001, 102))
          yield* spot.refresh
          expect((yield* spot.view("BTC"))?.price).toBe(102)
        })
      )
    )
  )

  it.effect("view – prices that waited while the clock was put back are not the newest, and not fresh", () =>
    withSkewedClock((putBy) =>
      withSpot({}, (spot, push) =>
        Effect.gen(function* () {
          push(tick(0, 99))
          yield* spot.refresh
          yield* TestClock.adjust("60 seconds")
          putBy(-20_000)
          // Taken this moment, and young by our clock; but they waited.
          push(tick(41_000, 100), tick(59_000, 101), tick(42_000, 102))
          expect((yield* Effect.flip(spot.refresh)).message).toContain("ms old, whatever our clock says")
          expect(yield* spot.view("BTC")).toBeUndefined()
          putBy(0)
          push(tick(60_000, 103))
          yield* spot.refresh
          expect((yield* spot.view("BTC"))?.price).toBe(103)
        })
      )
    )
  )

  it.effect("view – goes dark by itself when time passes without ticks", () =>
    withSpot({}, (spot, push) =>
      Effect.gen(function* () {
        push(tick(0, 100))
        yield* spot.refresh
        yield* TestClock.adjust("5000 millis")
        expect(yield* spot.view("BTC")).toBeDefined()
        yield* TestClock.adjust("1 millis")
        expect(yield* spot.view("BTC")).toBeUndefined()
      })
    )
  )

  it.effect("order – a tick that is not newer is dropped and counted", () =>
    withSpot({}, (spot, push) =>
      Effect.gen(function* () {
        const before = yield* dropped("BTC", "late")
        push(tick(-2_000, 100), tick(-1_000, 101), tick(-1_000, 102), tick(-1_500, 103), tick(0, 104))
        yield* spot.refresh
        expect((yield* dropped("BTC", "late")) - before).toBe(2)
        expect((yield* spot.view("BTC"))?.price).toBe(104)
        expect(yield* spot.priceAt("BTC", EPOCH_MS - 1_000)).toBe(101)
      })
    )
  )

  it.effect("assets – one asset's price never stands in for another's, and strangers are ignored", () =>
    withSpot({ assets: ["BTC", "ETH"] }, (spot, push) =>
      Effect.gen(function* () {
        const strangers = yield* dropped("SOL", "unconfigured")
        push(tick(0, 100), tick(0, 7, "ETH"), tick(0, 5, "SOL"))
        yield* spot.refresh
        expect((yield* spot.view("BTC"))?.price).toBe(100)
        expect((yield* spot.view("ETH"))?.price).toBe(7)
        expect((yield* spot.view("ETH"))?.asset).toBe("ETH")
        expect(yield* spot.priceAt("ETH", EPOCH_MS)).toBe(7)
        expect(yield* spot.view("SOL")).toBeUndefined()
        expect((yield* dropped("SOL", "unconfigured")) - strangers).toBe(1)
      })
    )
  )

  it.effect("ahead – a stamp from the future does not silence the ticks after it", () =>
    withSpot({}, (spot, push) =>
      Effect.gen(function* () {
        push(tick(86_400_000, 999), tick(0, 100))
        yield* spot.refresh
        expect((yield* spot.view("BTC"))?.price).toBe(100)
      })
    )
  )

  it.effect("source – its failure passes through", () => {
    const broken = Layer.succeed(SpotSource, {
      assets: new Set(["BTC", "ETH", "SOL"] as const),
      takeTicks: Effect.die("source broke")
    })
    return Effect.flatMap(Spot, (spot) => Effect.exit(spot.refresh)).pipe(
      Effect.provide(layerConfig(Schema.decodeSync(Settings)({})).pipe(Layer.provide(broken))),
      Effect.map((exit) => expect(exit._tag).toBe("Failure"))
    )
  })
})

describe("view", () => {
  it.effect("volatility – begins at the asset's prior, which the settings may set", () =>
    withSpot({ assets: ["BTC", "ETH"], priorVolatilityPerSqrtSecondE9: { ETH: 222_000 } }, (spot, push) =>
      Effect.gen(function* () {
        push(tick(-20_000, 1_000_000), tick(0, 2_000, "ETH"))
        push(tick(0, 1_010_000))
        yield* spot.refresh
        expect((yield* spot.view("ETH"))?.volatilityPerSqrtSecondE9).toBe(222_000)
        expect((yield* spot.view("BTC"))?.volatilityPerSqrtSecondE9).toBeGreaterThan(95_000)
      })
    )
  )
})

describe("priceAt", () => {
  it.effect("exact – only a second that was itself observed, not a neighbour and not a carried price", () =>
    withSpot({}, (spot, push) =>
      Effect.gen(function* () {
        push(tick(-4_000, 100), tick(-1_500, 103), tick(0, 105))
        yield* spot.refresh
        const at = (ms: number) => spot.priceAt("BTC", EPOCH_MS + ms)
        expect(yield* Effect.all([-5_000, -4_000, -3_000, -1_500, -1_000, 0, 1_000].map(at))).toEqual([
          undefined,
          100,
          undefined,
          undefined,
          undefined,
          105,
          undefined
        ])
      })
    )
  )

  it.effect("memory – two hours, and not a second more", () =>
    withSpot({}, (spot, push) =>
      Effect.gen(function* () {
        push(...Array.from({ length: 7_300 }, (_, index) => tick((index - 7_299) * 1000, 1_000 + index)))
        yield* spot.refresh
        expect(yield* spot.priceAt("BTC", EPOCH_MS - 7_200_000)).toBe(1_099)
        expect(yield* spot.priceAt("BTC", EPOCH_MS - 7_201_000)).toBeUndefined()
      })
    )
  )
})

describe("Settings", () => {
  it("unknown assets – are refused, and so is an empty list", () => {
    for (const bad of [
      { assets: [] },
      { assets: ["btc"] },
      { maxAgeMs: 0 },
      { priorVolatilityPerSqrtSecondE9: { BTC: 0 } }
    ]) {
      expect(Either.isLeft(Schema.decodeUnknownEither(Settings)(bad))).toBe(true)
    }
  })
})
