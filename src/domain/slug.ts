/**
 * The venue's names of windows, and the grid they stand on. 5m and 15m windows are named by asset and start in Unix
 * seconds, hourly ones by the hour in New York (docs/architecture.md; gamma-api.polymarket.com `/events/slug/…`).
 */
import { DateTime, Either } from "effect"
import { ASSETS, type Asset } from "./asset.ts"
import { INTERVAL_MS, type Interval, WindowSlug } from "./window.ts"

/** What a slug says: which asset, how long, from when (Unix milliseconds). */
export interface SlugParts {
  readonly asset: Asset
  readonly interval: Interval
  readonly startMs: number
}

/** Start of the window that covers `atMs`. Hours in New York begin with the hours of UTC, so one grid serves all. */
export const windowStart = (interval: Interval, atMs: number): number =>
  Math.floor(atMs / INTERVAL_MS[interval]) * INTERVAL_MS[interval]

/** End of the window that starts at `startMs`; the next one starts there. */
export const windowEnd = (interval: Interval, startMs: number): number => startMs + INTERVAL_MS[interval]

/** The assets whose hourly windows have been seen, by the name their slugs use. */
const HOURLY_NAMES: ReadonlyMap<Asset, string> = new Map<Asset, string>([
  ["BTC", "bitcoin"],
  ["ETH", "ethereum"],
  ["SOL", "solana"],
  ["XRP", "xrp"]
])

const MONTHS: ReadonlyArray<string> = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december"
]

const NEW_YORK = DateTime.zoneUnsafeMakeNamed("America/New_York")
const HOUR_MS = INTERVAL_MS["1h"]
/** New York's offsets from UTC, summer and winter; a local hour is one of these two moments, or both, or none. */
const OFFSET_HOURS: ReadonlyArray<number> = [4, 5]
/** The last start whose name is understood: 2100-01-01. Beyond it a number is taken for a mistake. */
const LATEST_START_MS = 4_102_444_800_000

interface LocalHour {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
}

const localHourOf = (atMs: number): LocalHour => {
  const parts = DateTime.toParts(DateTime.unsafeMakeZoned(atMs, { timeZone: NEW_YORK }))
  return { year: parts.year, month: parts.month, day: parts.day, hour: parts.hours }
}

/** The moments at which New York's clock shows this hour: two when clocks go back, none when they go forward. */
const momentsOf = (local: LocalHour): ReadonlyArray<number> =>
  OFFSET_HOURS.map(
    (offset) => Date.UTC(local.year, local.month - 1, local.day, local.hour) + offset * HOUR_MS
  ).filter((atMs) => {
    const shown = localHourOf(atMs)
    return shown.day === local.day && shown.hour === local.hour && shown.month === local.month
  })

const hourText = (hour: number): string => `${hour % 12 === 0 ? 12 : hour % 12}${hour < 12 ? "am" : "pm"}`

const hourlySlug = (asset: Asset, startMs: number): Either.Either<string, string> => {
  const name = HOURLY_NAMES.get(asset)
  if (name === undefined) return Either.left(`hourly windows of ${asset} are not known here`)
  const local = localHourOf(startMs)
  if (momentsOf(local).length !== 1) {
    return Either.left("the venue's name of this hour stands for two hours, for clocks go back")
  }
  const month = MONTHS[local.month - 1] ?? ""
  return Either.right(`${name}-up-or-down-${month}-${local.day}-${local.year}-${hourText(local.hour)}-et`)
}

/**
 * The venue's name of a window. Left with the reason where the start is off the grid or out of range, where the asset
 * has no windows of that length, or where an hourly name would stand for two hours.
 */
export const formatSlug = (parts: SlugParts): Either.Either<WindowSlug, string> => {
  const { asset, interval, startMs } = parts
  if (!Number.isSafeInteger(startMs) || startMs < 0 || startMs > LATEST_START_MS) {
    return Either.left(`a start at ${startMs} is out of range`)
  }
  if (windowStart(interval, startMs) !== startMs) {
    return Either.left(`a start at ${startMs} is off the ${interval} grid`)
  }
  const text =
    interval === "1h"
      ? hourlySlug(asset, startMs)
      : Either.right(`${asset.toLowerCase()}-updown-${interval}-${startMs / 1000}`)
  return Either.map(text, (slug) => WindowSlug.make(slug))
}

const shortForm = /^([a-z]+)-updown-(5m|15m)-(\d{1,12})$/
const hourlyForm = /^([a-z]+)-up-or-down-([a-z]+)-(\d{1,2})(?:-(\d{4}))?-(\d{1,2})(am|pm)-et$/

const parseShort = (match: RegExpExecArray): Either.Either<SlugParts, string> => {
  const asset = ASSETS.find((candidate) => candidate.toLowerCase() === match[1])
  if (asset === undefined) return Either.left(`${match[1]} is no asset known here`)
  const interval: Interval = match[2] === "5m" ? "5m" : "15m"
  return Either.right({ asset, interval, startMs: Number(match[3]) * 1000 })
}

const parseHourly = (
  match: RegExpExecArray,
  referenceYear: number | undefined
): Either.Either<SlugParts, string> => {
  const [, name, monthName, dayText, yearText, hour12Text, half] = match
  const asset = ASSETS.find((candidate) => HOURLY_NAMES.get(candidate) === name)
  if (asset === undefined) return Either.left(`${name} has no hourly windows known here`)
  const month = MONTHS.indexOf(monthName ?? "") + 1
  if (month === 0) return Either.left(`${monthName} is no month`)
  const year = yearText === undefined ? referenceYear : Number(yearText)
  if (year === undefined) return Either.left("the slug names no year")
  if (!Number.isInteger(year) || year < 1970 || year > 2099) return Either.left(`${year} is out of range`)
  const hour12 = Number(hour12Text)
  if (hour12 < 1 || hour12 > 12) return Either.left(`${hour12Text}${half} is no hour`)
  const local = { year, month, day: Number(dayText), hour: (hour12 % 12) + (half === "pm" ? 12 : 0) }
  const moments = momentsOf(local)
  const startMs = moments[0]
  if (startMs === undefined) return Either.left("New York's clocks never show this hour")
  if (moments.length > 1) return Either.left("New York's clocks show this hour twice")
  return Either.right({ asset, interval: "1h", startMs })
}

const parseParts = (text: string, referenceYear: number | undefined): Either.Either<SlugParts, string> => {
  const short = shortForm.exec(text)
  if (short !== null) return parseShort(short)
  const hourly = hourlyForm.exec(text)
  return hourly === null
    ? Either.left("this is no name of a window known here")
    : parseHourly(hourly, referenceYear)
}

/** The year inside an hourly name, with its hyphens; the older form has one hyphen in its place. */
const yearInName = /-\d{4}-(?=\d{1,2}[ap]m-et$)/

/**
 * Reads a window's name. `referenceYear` completes the older hourly names, which carry no year; without it they are
 * refused. Left with the reason for every name that {@link formatSlug} would not write (apart from that year).
 */
export const parseSlug = (text: string, referenceYear?: number): Either.Either<SlugParts, string> =>
  Either.flatMap(parseParts(text, referenceYear), (parts) =>
    Either.flatMap(formatSlug(parts), (canonical) =>
      text === canonical || text === canonical.replace(yearInName, "-")
        ? Either.right(parts)
        : Either.left(`the venue writes ${canonical}`)
    )
  )
