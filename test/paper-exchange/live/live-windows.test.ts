/** The plan of a live market's windows, against a venue that lists and resolves when it likes. */
import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { INTERVAL_MS } from "../../../src/domain/window.ts"
import {
  type LiveScope,
  type LiveWindows,
  NO_WINDOWS,
  forget,
  putOff,
  toFind,
  toResolve,
  tokensOf,
  watch
} from "../../../src/paper-exchange/live/live-windows.ts"
import { listMarket } from "../../../src/paper-exchange/simulator/listing.ts"

const START_MS = 1_788_220_800_000
const FIVE_MS = INTERVAL_MS["5m"]
const SCOPE: LiveScope = { assets: ["BTC", "ETH"], intervals: ["5m", "15m"], ahead: 1 }

const marketOf = (slug: string) => {
  const [asset = "", , interval = "", start = ""] = slug.split("-")
  return listMarket(
    asset === "btc" ? "BTC" : "ETH",
    interval === "5m" ? "5m" : "15m",
    Number(start) * 1_000,
    0
  )
}

describe("the windows of a live market", () => {
  it.prop(
    "all that is wanted – is found in the end, followed while it can be traded, and asked about until it is resolved",
    [fc.nat(899), fc.nat(30_000), fc.array(fc.nat(9), { minLength: 1, maxLength: 40 })],
    ([second, lateMs, moods]) => {
      let windows: LiveWindows = NO_WINDOWS
      const resolvedAtMs = new Map<string, number>()
      const startMs = START_MS + second * 1_000
      for (let nowMs = startMs; nowMs < startMs + 3 * FIVE_MS; nowMs += 1_000) {
        const mood = moods[(nowMs / 1_000) % moods.length] ?? 0
        for (const slug of toFind(windows, SCOPE, nowMs)) {
          expect(windows.watched.has(slug)).toBe(false)
          windows = mood < 3 ? putOff(windows, slug, nowMs, lateMs) : watch(windows, marketOf(slug))
        }
        const due = toResolve(windows, nowMs)
        windows = due.windows
        for (const market of due.markets) {
          expect(market.endMs).toBeLessThanOrEqual(nowMs)
          if (mood < 5) continue
          windows = forget(windows, market.slug)
          resolvedAtMs.set(market.slug, nowMs)
        }
        // Asked a moment ago, nobody is asked again at once.
        expect(toResolve(windows, nowMs).markets).toEqual([])
        const followed = tokensOf(windows, nowMs)
        for (const { market } of windows.watched.values())
          expect(followed.has(market.upTokenId) && followed.has(market.downTokenId)).toBe(
            market.endMs > nowMs
          )
      }
      // Nothing is put off for ever.
      const endMs = startMs + 3 * FIVE_MS
      for (const slug of toFind(windows, SCOPE, endMs + lateMs)) windows = watch(windows, marketOf(slug))
      expect(windows.watched.size).toBeGreaterThanOrEqual(8)
      expect(toFind(windows, SCOPE, endMs + lateMs)).toEqual([])
      // What is over and not resolved is still asked about.
      const late = endMs + 24 * 3_600_000
      const asked = new Set(toResolve(windows, late).markets.map(({ slug }) => slug))
      for (const { market } of windows.watched.values())
        if (market.endMs <= late) expect(asked.has(market.slug)).toBe(true)
    }
  )

  it("a venue that never resolves – is asked less often with time", () => {
    let windows = watch(NO_WINDOWS, marketOf(`btc-updown-5m-${START_MS / 1_000}`))
    const askedMs: Array<number> = []
    const endMs = START_MS + FIVE_MS
    for (let nowMs = endMs; nowMs < endMs + 3_600_000; nowMs += 1_000) {
      const due = toResolve(windows, nowMs)
      windows = due.windows
      if (due.markets.length > 0) askedMs.push(nowMs - endMs)
    }
    expect(askedMs.filter((ms) => ms < 600_000).length).toBe(120)
    expect(askedMs.filter((ms) => ms >= 1_200_000 && ms < 1_800_000).length).toBe(10)
  })
})
