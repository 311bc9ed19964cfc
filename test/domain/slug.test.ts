import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { ASSETS } from "../../src/domain/asset.ts"
import { formatSlug, parseSlug, windowEnd, windowStart } from "../../src/domain/slug.ts"
import { INTERVALS, INTERVAL_MS } from "../../src/domain/window.ts"

const atMs = fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2060, 0, 1) })
const shortInterval = fc.constantFrom("5m" as const, "15m" as const)
const hourly = { asset: "BTC", interval: "1h" } as const

describe("windowStart, windowEnd", () => {
  it.prop("the window covers the moment, on the grid", [fc.constantFrom(...INTERVALS), atMs], ([i, at]) => {
    const start = windowStart(i, at)
    expect(start <= at && at < windowEnd(i, start)).toBe(true)
    expect(start % INTERVAL_MS[i]).toBe(0)
  })
})

describe("formatSlug, parseSlug", () => {
  it.prop(
    "5m and 15m – round trip for every asset",
    [fc.constantFrom(...ASSETS), shortInterval, atMs],
    ([asset, interval, at]) => {
      const parts = { asset, interval, startMs: windowStart(interval, at) }
      expect(Either.flatMap(formatSlug(parts), (slug) => parseSlug(slug))).toStrictEqual(Either.right(parts))
    }
  )

  it.prop("1h – round trip, with and without the year", [atMs], ([at]) => {
    const parts = { ...hourly, startMs: windowStart("1h", at) }
    const slug = formatSlug(parts)
    fc.pre(Either.isRight(slug))
    const text = Either.getOrThrow(slug)
    expect(parseSlug(text)).toStrictEqual(Either.right(parts))
    const year = /-(\d{4})-\d+[ap]m/.exec(text)?.[1] ?? ""
    const older = text.replace(`-${year}-`, "-")
    expect(parseSlug(older, Number(year))).toStrictEqual(Either.right(parts))
    expect(Either.isLeft(parseSlug(older))).toBe(true)
  })

  it.prop("1h – no two hours share a name", [atMs], ([at]) => {
    const startMs = windowStart("1h", at)
    const next = startMs + INTERVAL_MS["1h"]
    const name = formatSlug({ ...hourly, startMs })
    fc.pre(Either.isRight(name))
    expect(formatSlug({ ...hourly, startMs: next })).not.toStrictEqual(name)
  })

  it.prop("any text – a reason, or a name that is written back the same", [fc.string()], ([text]) => {
    const parts = parseSlug(text)
    if (Either.isRight(parts)) expect(formatSlug(parts.right)).toStrictEqual(Either.right(text))
    else expect(parts.left.length).toBeGreaterThan(0)
  })

  it.each([
    ["btc-updown-5m-1773771900", { asset: "BTC", interval: "5m", startMs: 1_773_771_900_000 }],
    ["btc-updown-15m-1766745000", { asset: "BTC", interval: "15m", startMs: 1_766_745_000_000 }],
    ["bitcoin-up-or-down-june-19-2026-8am-et", { ...hourly, startMs: Date.UTC(2026, 5, 19, 12) }],
    [
      "ethereum-up-or-down-september-22-2026-6pm-et",
      { asset: "ETH", interval: "1h", startMs: Date.UTC(2026, 8, 22, 22) }
    ],
    ["bitcoin-up-or-down-january-1-2026-12am-et", { ...hourly, startMs: Date.UTC(2026, 0, 1, 5) }]
  ])("parseSlug – reads the venue's own name %s", (text, parts) => {
    expect(parseSlug(text)).toStrictEqual(Either.right(parts))
  })

  it("parseSlug – the older hourly name of winter", () => {
    expect(parseSlug("bitcoin-up-or-down-february-23-1pm-et", 2026)).toStrictEqual(
      Either.right({ ...hourly, startMs: Date.UTC(2026, 1, 23, 18) })
    )
  })

  it.each([
    ["btc-updown-5m-1773771901", "off the 5m grid"],
    ["btc-updown-15m-1773771600", "off the 15m grid"],
    ["btc-updown-15m-01766745000", "the venue writes"],
    ["pepe-updown-5m-1773771900", "no asset"],
    ["btc-updown-4h-1773771900", "no name of a window"],
    ["BTC-updown-5m-1773771900", "no name of a window"],
    ["btc-updown-5m-999999999900", "out of range"],
    ["btc-updown-5m--300", "no name of a window"],
    ["dogecoin-up-or-down-june-19-2026-8am-et", "no hourly windows"],
    ["bitcoin-up-or-down-june-31-2026-8am-et", "never show"],
    ["bitcoin-up-or-down-june-19-2026-08am-et", "the venue writes"],
    ["bitcoin-up-or-down-june-19-2026-0am-et", "no hour"],
    ["bitcoin-up-or-down-june-19-2026-13pm-et", "no hour"],
    ["bitcoin-up-or-down-juni-19-2026-8am-et", "no month"],
    ["bitcoin-up-or-down-march-8-2026-2am-et", "never show"],
    ["bitcoin-up-or-down-november-1-2026-1am-et", "twice"],
    ["bitcoin-up-or-down-june-19-8am-et", "no year"],
    ["", "no name of a window"]
  ])("parseSlug – refuses %j, saying %s", (text, reason) => {
    expect(Either.match(parseSlug(text), { onLeft: (left) => left, onRight: () => "" })).toContain(reason)
  })

  it("formatSlug – refuses both hours that clocks going back give one name", () => {
    const first = Date.UTC(2026, 10, 1, 5)
    for (const startMs of [first, first + INTERVAL_MS["1h"]]) {
      expect(Either.isLeft(formatSlug({ ...hourly, startMs }))).toBe(true)
    }
    expect(formatSlug({ ...hourly, startMs: first - INTERVAL_MS["1h"] })).toStrictEqual(
      Either.right("bitcoin-up-or-down-november-1-2026-12am-et")
    )
    expect(formatSlug({ ...hourly, startMs: first + 2 * INTERVAL_MS["1h"] })).toStrictEqual(
      Either.right("bitcoin-up-or-down-november-1-2026-2am-et")
    )
  })

  it.each([Number.NaN, Infinity, -300_000, 0.5, 1, 2 ** 53])(
    "formatSlug – refuses a start at %d",
    (startMs) => {
      expect(Either.isLeft(formatSlug({ asset: "BTC", interval: "5m", startMs }))).toBe(true)
    }
  )
})
