import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { gunzipSync, gzipSync } from "node:zlib"
import type { MarketEvent, MarketSource } from "../../src/paper-exchange/market-source.ts"
import { makeRecordedMarket } from "../../src/recordings/recorded-market.ts"
import { openRecording } from "../../src/recordings/recording.ts"
import { START_MS, WINDOW_15M, importedPolls, layer, poll, scratch } from "./helpers.ts"

const POLLS = [
  poll(1, [0.5, 0.52], [0.48, 0.5]),
  poll(2, [0.51, 0.52], [0.48, 0.49]),
  poll(2, [0.51, 0.53], [0.47, 0.49]),
  poll(4, [0.52, 0.53], [0.47, 0.48]),
  poll(899, [0.98, 0], [0, 0.02])
]

const playAll = (source: MarketSource): ReadonlyArray<ReadonlyArray<MarketEvent>> => {
  const moments: Array<ReadonlyArray<MarketEvent>> = []
  while (source.nextAtMs() !== undefined) moments.push(source.take())
  return moments
}

describe("makeRecordedMarket", () => {
  it.scoped("take – gives all events of a moment, in order, with books whole", () =>
    Effect.gen(function* () {
      const { footer, recording } = yield* importedPolls(POLLS)
      const source = yield* makeRecordedMarket(recording)
      expect(source.startMs).toBe(START_MS + 1000)
      const moments = playAll(source)
      expect(moments.flat()).toHaveLength(footer.events)
      for (const events of moments) expect(new Set(events.map(({ atMs }) => atMs)).size).toBe(1)
      const times = moments.map(([event]) => event?.atMs ?? 0)
      expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
      const best = moments
        .flat()
        .filter((event) => event._tag === "Book")
        .map(({ asks, bids }) => [bids.length, bids[0]?.priceTicks, asks.length, asks[0]?.priceTicks])
      expect(best).toEqual([
        [5, 5000, 5, 5200],
        [5, 5100, 5, 5200],
        [5, 5100, 5, 5300],
        [5, 5200, 5, 5300],
        [0, undefined, 0, undefined],
        [5, 9800, 0, undefined]
      ])
      expect(moments.at(0)?.at(0)).toMatchObject({
        _tag: "Listed",
        market: { slug: WINDOW_15M, settlementConfig: undefined }
      })
      expect(moments.at(-1)?.at(-1)).toMatchObject({
        _tag: "Resolved",
        resolution: { outcome: "Up", resolvedAtMs: START_MS + 954_000 }
      })
      expect(source.take()).toEqual([])
    }).pipe(Effect.provide(layer))
  )

  it.scoped("save – taken up at any moment gives the rest of the same events", () =>
    Effect.gen(function* () {
      const { recording } = yield* importedPolls(POLLS)
      const whole = playAll(yield* makeRecordedMarket(recording))
      for (let stop = 0; stop <= whole.length; stop += 1) {
        const first = yield* makeRecordedMarket(recording)
        for (let index = 0; index < stop; index += 1) first.take()
        const saved = JSON.parse(JSON.stringify(first.save()))
        const resumed = yield* makeRecordedMarket(recording, saved)
        expect(resumed.startMs).toBe(START_MS + 1000)
        expect(playAll(resumed)).toEqual(whole.slice(stop))
      }
    }).pipe(Effect.provide(layer))
  )

  it.scoped("save – is refused by another recording, and where it is no replay's", () =>
    Effect.gen(function* () {
      const one = yield* importedPolls(POLLS)
      const other = yield* importedPolls(POLLS.slice(0, 3))
      const saved = (yield* makeRecordedMarket(one.recording)).save()
      const message = (state: typeof saved) =>
        Either.match(makeRecordedMarket(other.recording, state), {
          onLeft: (error) => error.message,
          onRight: () => "accepted"
        })
      expect(message(saved)).toContain("another recording")
      expect(message({ kind: "simulator", seed: 7 })).toContain("not that of a replay")
    }).pipe(Effect.provide(layer))
  )
})

/** The message of opening a good recording after its text was tampered with. */
const messageAfter = (tamper: (lines: ReadonlyArray<string>) => ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const { output } = yield* importedPolls(POLLS)
    const lines = gunzipSync(yield* fs.readFile(output))
      .toString()
      .trimEnd()
      .split("\n")
    yield* fs.writeFile(
      output,
      gzipSync(
        tamper(lines)
          .map((line) => `${line}\n`)
          .join("")
      )
    )
    const result = yield* Effect.either(openRecording(output))
    return Either.isLeft(result) ? result.left.message.replace(output, "FILE") : "accepted"
  })

const replaceIn = (kind: string, from: string | RegExp, to: string) => (lines: ReadonlyArray<string>) => {
  const index = lines.findIndex((line) => line.includes(`"kind":"${kind}"`))
  return lines.map((line, at) => (at === index ? line.replace(from, to) : line))
}

describe("openRecording", () => {
  const cases: ReadonlyArray<readonly [string, Parameters<typeof messageAfter>[0], RegExp]> = [
    ["untouched", (lines) => lines, /^accepted$/],
    [
      "footer missing",
      (lines) => lines.slice(0, -1),
      /^FILE, line \d+: the last line is no footer.*cut short/
    ],
    [
      "a line missing",
      (lines) => [...lines.slice(0, 4), ...lines.slice(5)],
      /field byKind\..*: the footer counts/
    ],
    ["foreign file", () => ['{"a":1}'], /^FILE, line 1: not a recording/],
    ["empty text", () => [], /^FILE, line 1: not JSON/],
    [
      "newer version",
      ([header = "", ...rest]) => [header.replace('"version":1', '"version":2'), ...rest],
      /^FILE, line 1, field version: 2 is not 1/
    ],
    ["broken JSON", replaceIn("book", "{", "["), /^FILE, line 4: not JSON/],
    ["unknown kind", replaceIn("book", "book", "boot"), /^FILE, line 4, field kind: /],
    ["price above 1", replaceIn("book", "5000", "10001"), /^FILE, line 4, field bids: .*levels \[price/],
    ["negative size", replaceIn("book", "100000000", "-1"), /^FILE, line 4, field bids: /],
    ["crossed", replaceIn("book", "5000", "5200"), /^FILE, line 4, field bids: the best bid/],
    [
      "worst first",
      replaceIn("book", "5000", "4000"),
      /^FILE, line 4, field bids: levels are not best first/
    ],
    ["other window", replaceIn("book", WINDOW_15M, "btc-updown-15m-1"), /field window: .* was not listed/],
    ["time backwards", replaceIn("closed", /"atMs":\d+/, '"atMs":5'), /field atMs: 5 is before \d+/],
    ["outcome", replaceIn("resolved", '"Up"', '"Sideways"'), /field outcome: .*Sideways/]
  ]
  for (const [name, tamper, expected] of cases) {
    it.scoped(`openRecording – ${name}`, () =>
      Effect.gen(function* () {
        expect(yield* messageAfter(tamper)).toMatch(expected)
      }).pipe(Effect.provide(layer))
    )
  }

  it.scoped("openRecording – missing, no gzip, cut short: one message each", () =>
    Effect.gen(function* () {
      const whole = gzipSync("x".repeat(1000))
      const { at } = yield* scratch({ plain: "hello", cut: whole.subarray(0, whole.length - 9), empty: "" })
      const messageOf = (name: string) =>
        Effect.map(Effect.flip(openRecording(at(name))), (error) => error.message.replace(at(name), "FILE"))
      expect(yield* messageOf("missing")).toBe("FILE: cannot read: no such file; check the path")
      expect(yield* messageOf("plain")).toBe("FILE: not a gzip file; one is needed")
      expect(yield* messageOf("cut")).toContain("cut short")
      expect(yield* messageOf("empty")).toContain("the file is empty")
    }).pipe(Effect.provide(layer))
  )
})
