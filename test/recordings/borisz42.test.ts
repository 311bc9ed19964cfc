import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { ROW_FATES } from "../../src/recordings/defects.ts"
import { START_MS, fill, importedPolls, layer, poll } from "./helpers.ts"

const books = (lines: ReadonlyArray<Record<string, unknown>>) =>
  lines.filter(({ kind }) => kind === "book").map(({ asks, bids }) => ({ bids, asks }))

const run = <A, E>(effect: Effect.Effect<A, E, Effect.Effect.Context<ReturnType<typeof importedPolls>>>) =>
  effect.pipe(Effect.scoped, Effect.provide(layer))

const SIDE_OF_5 = (best: number, step: number) =>
  [0, 1, 2, 3, 4].map((index) => [best + index * step, 100_000_000])

describe("import borisz42", () => {
  it.effect("liquidity – is the sum of five levels, a fifth on each", () =>
    run(
      Effect.gen(function* () {
        const { lines } = yield* importedPolls([poll(1, [0.5, 0.52], [0.48, 0.5])])
        expect(books(lines)[0]).toEqual({ bids: SIDE_OF_5(5000, -100), asks: SIDE_OF_5(5200, 100) })
      })
    )
  )

  it.effect("0.0 – is an empty side, never a price", () =>
    run(
      Effect.gen(function* () {
        const { header, lines } = yield* importedPolls([poll(1, [0, 0.01], [0.99, 0])])
        expect(books(lines)[0]).toEqual({ bids: [], asks: SIDE_OF_5(100, 100) })
        expect(header.defects["emptySides"]).toBe(1)
      })
    )
  )

  it.effect("side seen by one request only – is left empty and counted", () =>
    run(
      Effect.gen(function* () {
        const { header, lines } = yield* importedPolls([poll(1, [0.5, 0.52], [0, 0])])
        expect(books(lines)[0]).toEqual({ bids: [], asks: [] })
        expect(header.defects["sidesSeenOnce"]).toBe(2)
      })
    )
  )

  it.effect("skewed pair – becomes the wider book, no free money", () =>
    run(
      Effect.gen(function* () {
        const { header, lines } = yield* importedPolls([poll(1, [0.71, 0.72], [0.14, 0.15])])
        const [book] = books(lines)
        expect(book).toEqual({ bids: SIDE_OF_5(7100, -100), asks: SIDE_OF_5(8600, 100) })
        expect(header.defects).toMatchObject({ skewedRows: 1, apparentArbitrageRows: 1 })
      })
    )
  )

  it.effect("book crossed in both requests – is dropped and counted", () =>
    run(
      Effect.gen(function* () {
        const { header, lines } = yield* importedPolls([
          poll(1, [0.5, 0.52], [0.48, 0.5]),
          poll(2, [0.6, 0.55], [0.45, 0.4])
        ])
        expect(books(lines).filter(({ bids }) => Array.isArray(bids) && bids.length > 0)).toHaveLength(1)
        expect(header.defects["crossedRows"]).toBe(1)
      })
    )
  )

  it.effect("late row – is dropped, for its content is of an unknown later moment", () =>
    run(
      Effect.gen(function* () {
        const { header, lines } = yield* importedPolls([
          poll(1, [0.5, 0.52], [0.48, 0.5]),
          poll(7, [0.6, 0.62], [0.38, 0.4]),
          poll(3, [0.1, 0.12], [0.88, 0.9]),
          poll(7, [0.61, 0.62], [0.38, 0.39])
        ])
        expect(header.defects["lateRows"]).toBe(1)
        const at = lines
          .filter(({ kind }) => kind === "book" || kind === "bookChange")
          .map(({ atMs }) => Number(atMs) - START_MS)
        expect(at.slice(0, 3)).toEqual([1000, 7000, 7000])
      })
    )
  )

  it.effect("prices finer than a cent – move to the worse cent", () =>
    run(
      Effect.gen(function* () {
        const { header, lines } = yield* importedPolls([poll(1, [0.985, 0.999], [0.001, 0.015])])
        const [book] = books(lines)
        expect(book?.bids).toEqual(SIDE_OF_5(9800, -100))
        expect(book?.asks).toEqual([])
        expect(header.defects["offTickRows"]).toBe(1)
      })
    )
  )

  it.effect("first row that repeats the last window's final book – is dropped", () =>
    run(
      Effect.gen(function* () {
        const final = [
          [0.97, 0.99],
          [0.01, 0.03]
        ] as const
        const { header } = yield* importedPolls([
          poll(899, ...final),
          poll(0, ...final, { windowOffset: 1 }),
          poll(1, [0.5, 0.52], [0.48, 0.5], { windowOffset: 1 })
        ])
        expect(header.defects["staleFirstRows"]).toBe(1)
        expect(header.windows.map((window) => window.books)).toEqual([1, 1])
      })
    )
  )

  it.effect("gap – is noted and its book taken away after ten seconds", () =>
    run(
      Effect.gen(function* () {
        const { header, lines } = yield* importedPolls([
          poll(0, [0.5, 0.52], [0.48, 0.5]),
          poll(10, [0.5, 0.53], [0.47, 0.5]),
          poll(31, [0.5, 0.52], [0.48, 0.5]),
          poll(895, [0.5, 0.52], [0.48, 0.5])
        ])
        const inMs = header.windows[0]?.gaps.map(({ fromMs, toMs }) => [fromMs - START_MS, toMs - START_MS])
        expect(inMs).toEqual([
          [10_000, 31_000],
          [31_000, 895_000]
        ])
        const dark = lines.filter(
          ({ asks, kind }) => kind === "book" && Array.isArray(asks) && asks.length === 0
        )
        expect(dark.map(({ atMs }) => Number(atMs) - START_MS)).toEqual([20_000, 41_000])
      })
    )
  )

  it.effect("rows – each is a book or counted under one reason", () =>
    run(
      Effect.gen(function* () {
        const { header } = yield* importedPolls([
          poll(1, [0.5, 0.52], [0.48, 0.5]),
          poll(0, [0.5, 0.52], [0.48, 0.5]),
          poll(900, [0.5, 0.52], [0.48, 0.5]),
          poll(899, [0.6, 0.55], [0.45, 0.4]),
          poll(1, [0.5, 0.52], [0.48, 0.5], { windowOffset: 2 })
        ])
        const lost = ROW_FATES.reduce((sum, name) => sum + (header.defects[name] ?? 0), 0)
        const kept = header.windows.reduce((sum, window) => sum + window.books, 0)
        expect(header.defects).toMatchObject({ rowsAfterEnd: 1, crossedRows: 1, lateRows: 1 })
        expect(header.leftOut.map(({ reason }) => reason)).toEqual(["not in the table of windows"])
        expect(kept + lost).toBe(header.rowsRead)
      })
    )
  )

  it.effect("fills – are takers in the Up view, on the tick that reaches fewer orders", () =>
    run(
      Effect.gen(function* () {
        const { header, lines } = yield* importedPolls(
          [poll(1, [0.5, 0.52], [0.48, 0.5]), poll(9, [0.5, 0.52], [0.48, 0.5])],
          [
            fill(0, "Up", "5", "0.5"),
            fill(2, "Up", "14.701321000000001", "0.3200000190459075"),
            fill(3, "Down", "84.0", "0.6699999"),
            fill(4, "Down", "10", "0.4853"),
            fill(5, "Up", "10", "0.4853")
          ]
        )
        const takers = lines.filter(({ kind }) => kind === "taker")
        expect(
          takers.map(({ priceTicks, side, sizeMicroShares }) => [side, priceTicks, sizeMicroShares])
        ).toEqual([
          ["BUY", 3200, 14_701_321],
          ["SELL", 3300, 84_000_000],
          ["SELL", 5200, 10_000_000],
          ["BUY", 4800, 10_000_000]
        ])
        expect(header.defects).toMatchObject({ takersOutside: 1, takersOffTick: 2 })
      })
    )
  )

  it.effect(
    "facts – window listed with the era's terms, priced at its open, closed and resolved as recorded",
    () =>
      run(
        Effect.gen(function* () {
          const { lines } = yield* importedPolls([poll(1, [0.5, 0.52], [0.48, 0.5])])
          const facts = lines.filter(({ kind }) => kind !== "book")
          expect(facts.map(({ atMs, kind }) => [kind, Number(atMs) - START_MS])).toEqual([
            ["listed", 1000],
            ["priceToBeat", 1000],
            ["closed", 900_000],
            ["resolved", 954_000]
          ])
          expect(facts[0]?.["market"]).toMatchObject({
            startMs: START_MS,
            endMs: START_MS + 900_000,
            tickSizeTicks: 100,
            minSizeMicroShares: 5_000_000,
            fees: { rateMicros: 0 },
            settlementConfig: null
          })
          expect(facts[1]?.["price"]).toBe(8_800_050_000_000)
          expect(facts[3]).toMatchObject({ outcome: "Up", outcomeSource: "test", openPrice: null })
        })
      )
  )
})
