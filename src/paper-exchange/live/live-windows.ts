/** Which windows of a live market there are, and what is to be asked about them. Pure. */
import { Either } from "effect"
import type { Asset } from "../../domain/asset.ts"
import { formatSlug, windowStart } from "../../domain/slug.ts"
import { INTERVAL_MS, type Interval, type TokenId, type WindowSlug } from "../../domain/window.ts"
import type { VenueMarket } from "../../ports/venue.ts"

/** Windows that are watched; beyond it no more are looked for until some have resolved. */
const MAX_WATCHED = 2_000
/** The venue resolves a window about a minute after its end (polymarket.md §7): it is asked often until then, and now and then after that. */
const ASK_RESOLUTION_EVERY_MS = 5_000
const ASK_LATE_RESOLUTION_EVERY_MS = 60_000
const LATE_MS = 600_000

/** Which windows the exchange has. */
export interface LiveScope {
  readonly assets: ReadonlyArray<Asset>
  readonly intervals: ReadonlyArray<Interval>
  /** Windows listed before their start, besides the one under way. */
  readonly ahead: number
}

interface Watched {
  readonly market: VenueMarket
  readonly hasPriceToBeat: boolean
  /** When the venue is asked for the resolution next. */
  readonly askAtMs: number
}

export interface LiveWindows {
  readonly watched: ReadonlyMap<WindowSlug, Watched>
  /** Windows that could not be had, and when they are looked for again. */
  readonly retryAtMs: ReadonlyMap<WindowSlug, number>
}

export const NO_WINDOWS: LiveWindows = { watched: new Map(), retryAtMs: new Map() }

/** Windows to look for: of each asset and length the one under way and the next ones, unless they are there. */
export const toFind = (windows: LiveWindows, scope: LiveScope, nowMs: number): ReadonlyArray<WindowSlug> => {
  if (windows.watched.size >= MAX_WATCHED) return []
  const slugs = scope.assets.flatMap((asset) =>
    scope.intervals.flatMap((interval) =>
      Array.from({ length: scope.ahead + 1 }, (_, ahead) =>
        formatSlug({
          asset,
          interval,
          startMs: windowStart(interval, nowMs) + ahead * INTERVAL_MS[interval]
        })
      ).flatMap((slug) => (Either.isRight(slug) ? [slug.right] : []))
    )
  )
  return slugs.filter((slug) => !windows.watched.has(slug) && (windows.retryAtMs.get(slug) ?? nowMs) <= nowMs)
}

/** Puts the search for a window off. Searches of windows that are long gone are forgotten. */
export const putOff = (
  windows: LiveWindows,
  slug: WindowSlug,
  nowMs: number,
  forMs: number
): LiveWindows => ({
  ...windows,
  retryAtMs: new Map(
    [...windows.retryAtMs, [slug, nowMs + forMs] as const].filter(([, atMs]) => atMs > nowMs)
  )
})

export const watch = (windows: LiveWindows, market: VenueMarket, hasPriceToBeat = false): LiveWindows => ({
  ...windows,
  watched: new Map(windows.watched).set(market.slug, { market, hasPriceToBeat, askAtMs: market.endMs })
})

/** Windows that began and have no price to beat yet. */
export const withoutPrice = ({ watched }: LiveWindows, nowMs: number): ReadonlyArray<VenueMarket> =>
  [...watched.values()]
    .filter(({ hasPriceToBeat, market }) => !hasPriceToBeat && market.startMs <= nowMs)
    .map(({ market }) => market)

export const learnPrice = (windows: LiveWindows, slug: WindowSlug): LiveWindows => {
  const known = windows.watched.get(slug)
  return known === undefined
    ? windows
    : { ...windows, watched: new Map(windows.watched).set(slug, { ...known, hasPriceToBeat: true }) }
}

/** Windows that are over, and whose outcome is to be asked for now; they are asked for again later. */
export const toResolve = (
  windows: LiveWindows,
  nowMs: number
): { readonly markets: ReadonlyArray<VenueMarket>; readonly windows: LiveWindows } => {
  const due = [...windows.watched.values()].filter(({ askAtMs }) => askAtMs <= nowMs)
  const watched = new Map(windows.watched)
  for (const each of due) {
    const isLate = nowMs - each.market.endMs > LATE_MS
    const askAtMs = nowMs + (isLate ? ASK_LATE_RESOLUTION_EVERY_MS : ASK_RESOLUTION_EVERY_MS)
    watched.set(each.market.slug, { ...each, askAtMs })
  }
  return { markets: due.map(({ market }) => market), windows: { ...windows, watched } }
}

export const forget = (windows: LiveWindows, slug: WindowSlug): LiveWindows => {
  const watched = new Map(windows.watched)
  watched.delete(slug)
  return { ...windows, watched }
}

/** Windows that can still be traded. */
const notOver = ({ watched }: LiveWindows, nowMs: number): ReadonlyArray<VenueMarket> =>
  [...watched.values()].filter(({ market }) => market.endMs > nowMs).map(({ market }) => market)

/** The instruments to follow: of windows that can still be traded. */
export const tokensOf = (windows: LiveWindows, nowMs: number): ReadonlySet<TokenId> =>
  new Set(notOver(windows, nowMs).flatMap(({ downTokenId, upTokenId }) => [upTokenId, downTokenId]))
