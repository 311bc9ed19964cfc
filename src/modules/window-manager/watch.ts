/** What the window-manager knows, and how it changes: pure. */
import type { Asset } from "../../domain/asset.ts"
import type { SpotPrice } from "../../domain/money.ts"
import { windowStart } from "../../domain/slug.ts"
import {
  INTERVAL_MS,
  type Interval,
  type Resolution,
  type Window,
  type WindowSlug
} from "../../domain/window.ts"
import type { WindowView } from "../../ports/trading.ts"

/** One window under watch. */
export interface Watched {
  readonly window: Window
  readonly priceToBeat: SpotPrice | undefined
  /** The venue's resolution; reported until the window is settled in our books. */
  readonly resolution: Resolution | undefined
  /** When the resolution may be asked for next. */
  readonly askAtMs: number
  /** Settled in our books; kept only until its end, so that it is not found and followed anew. */
  readonly settled: boolean
}

/** A window by what is known of it before the venue has been asked. */
export interface Wanted {
  readonly asset: Asset
  readonly interval: Interval
  readonly startMs: number
}

export interface Watch {
  readonly watched: ReadonlyMap<WindowSlug, Watched>
  /** Windows the venue did not list or that were refused: when to ask again, and why. */
  readonly missing: ReadonlyMap<string, { readonly retryAtMs: number; readonly reason: string }>
}

export const EMPTY_WATCH: Watch = { watched: new Map(), missing: new Map() }

/** The next question waits a tenth of the time since the window ended, at most this long. */
const MAX_RESOLUTION_WAIT_MS = 60_000

/** Where so many windows wait for their resolution, no new ones are taken on. */
const MAX_WATCHED = 10_000

const keyOf = ({ asset, interval, startMs }: Wanted): string => `${asset}|${interval}|${startMs}`

export const hasEnded = ({ window }: Watched, nowMs: number): boolean => nowMs >= window.endMs

export const phaseOf = (window: Window, nowMs: number): WindowView["phase"] => {
  if (nowMs < window.startMs) return "upcoming"
  return nowMs < window.endMs ? "trading" : "ended"
}

/** Watched windows that are not settled, the earliest first. */
export const inOrder = (watch: Watch): ReadonlyArray<Watched> =>
  [...watch.watched.values()]
    .filter(({ settled }) => !settled)
    .toSorted((a, b) => a.window.startMs - b.window.startMs || (a.window.slug < b.window.slug ? -1 : 1))

/** The windows to look for now: the current one and those ahead, without those that are watched or were missed just now. */
export const wantedAt = (
  watch: Watch,
  scope: {
    readonly assets: ReadonlyArray<Asset>
    readonly intervals: ReadonlyArray<Interval>
    readonly windowsAhead: number
  },
  nowMs: number
): ReadonlyArray<Wanted> => {
  if (watch.watched.size >= MAX_WATCHED) return []
  const watched = new Set([...watch.watched.values()].map(({ window }) => keyOf(window)))
  const wanted = scope.assets.flatMap((asset) =>
    scope.intervals.flatMap((interval) =>
      Array.from({ length: scope.windowsAhead + 1 }, (_, ahead) => ({
        asset,
        interval,
        startMs: windowStart(interval, nowMs) + ahead * INTERVAL_MS[interval]
      }))
    )
  )
  const unique = new Map(wanted.map((each) => [keyOf(each), each]))
  return [...unique.values()].filter(
    (each) => !watched.has(keyOf(each)) && (watch.missing.get(keyOf(each))?.retryAtMs ?? nowMs) <= nowMs
  )
}

/** Notes that a window could not be had; says whether that is news. */
export const missed = (
  watch: Watch,
  wanted: Wanted,
  reason: string,
  retryAtMs: number
): { readonly watch: Watch; readonly news: boolean } => ({
  watch: { ...watch, missing: new Map(watch.missing).set(keyOf(wanted), { retryAtMs, reason }) },
  news: watch.missing.get(keyOf(wanted))?.reason !== reason
})

/** Takes a window under watch; one that is watched already stays as it is. */
export const track = (watch: Watch, window: Window): Watch => {
  if (watch.watched.has(window.slug)) return watch
  const fresh: Watched = {
    window,
    priceToBeat: undefined,
    resolution: undefined,
    askAtMs: window.endMs,
    settled: false
  }
  const missing = new Map(watch.missing)
  missing.delete(keyOf(window))
  return { watched: new Map(watch.watched).set(window.slug, fresh), missing }
}

const change = (watch: Watch, slug: WindowSlug, by: (watched: Watched) => Watched): Watch => {
  const watched = watch.watched.get(slug)
  return watched === undefined ? watch : { ...watch, watched: new Map(watch.watched).set(slug, by(watched)) }
}

export const learnPrice = (watch: Watch, slug: WindowSlug, priceToBeat: SpotPrice): Watch =>
  change(watch, slug, (watched) => ({ ...watched, priceToBeat }))

export const learnResolution = (watch: Watch, resolution: Resolution): Watch =>
  change(watch, resolution.slug, (watched) => ({ ...watched, resolution }))

/** Puts a window behind the others that wait for an answer, so that one that always fails leaves them their turn. */
export const askAgain = (watch: Watch, slug: WindowSlug, nowMs: number): Watch =>
  change(watch, slug, (watched) => ({ ...watched, askAtMs: nowMs }))

/** Puts the next question for a window's resolution off: the longer ago it ended, the longer. */
export const askLater = (watch: Watch, slug: WindowSlug, nowMs: number, retryMs: number): Watch =>
  change(watch, slug, (watched) => {
    const slower = Math.min(Math.floor((nowMs - watched.window.endMs) / 10), MAX_RESOLUTION_WAIT_MS)
    return { ...watched, askAtMs: nowMs + Math.max(retryMs, slower) }
  })

export const settle = (watch: Watch, slug: WindowSlug): Watch =>
  change(watch, slug, (watched) => ({ ...watched, settled: true }))

/** Forgets what is over: settled windows past their end, and misses of windows past their end. */
export const prune = (watch: Watch, nowMs: number): Watch => ({
  watched: new Map([...watch.watched].filter(([, each]) => !(each.settled && hasEnded(each, nowMs)))),
  missing: new Map([...watch.missing].filter(([, { retryAtMs }]) => retryAtMs > nowMs - INTERVAL_MS["1h"]))
})

/** Windows whose books are of use: those that have not ended. */
export const toFollow = (watch: Watch, nowMs: number): ReadonlyArray<Window> =>
  inOrder(watch)
    .filter((each) => !hasEnded(each, nowMs))
    .map(({ window }) => window)

/** Windows that have begun and whose price to beat is not known. */
export const withoutPrice = (watch: Watch, nowMs: number): ReadonlyArray<Window> =>
  inOrder(watch)
    .filter((each) => phaseOf(each.window, nowMs) === "trading" && each.priceToBeat === undefined)
    .map(({ window }) => window)

/** Ended windows to ask about, those first that wait longest; at most `limit`. */
export const dueForResolution = (watch: Watch, nowMs: number, limit: number): ReadonlyArray<Window> =>
  inOrder(watch)
    .filter((each) => hasEnded(each, nowMs) && each.resolution === undefined && each.askAtMs <= nowMs)
    .toSorted((a, b) => a.askAtMs - b.askAtMs)
    .slice(0, limit)
    .map(({ window }) => window)

/** Resolutions that are not settled in our books yet, the earliest window first. */
export const unsettled = (watch: Watch): ReadonlyArray<Resolution> =>
  inOrder(watch).flatMap(({ resolution }) => (resolution === undefined ? [] : [resolution]))
