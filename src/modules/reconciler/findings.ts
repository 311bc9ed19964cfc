/** The differences found, from one comparison to the next: pure. */
import { type Difference, differenceKey } from "../../domain/reconciliation.ts"
import type { Bars } from "../../domain/risk.ts"
import type { TokenId } from "../../domain/window.ts"

/** Kinds of differences that are counted apart, each with how many of them were escalated. */
type Counts = Readonly<Record<string, { readonly found: number; readonly escalated: number }>>

export interface Findings {
  readonly differences: ReadonlyArray<Difference>
  /** Since when each was found without a break, by the monotonic clock. */
  readonly sinceMs: ReadonlyMap<string, number>
  readonly counts: Counts
}

export const NO_FINDINGS: Findings = { differences: [], sinceMs: new Map(), counts: {} }

/** What changed from one comparison to the next. */
export interface Changes {
  readonly findings: Findings
  /** Differences that were not there, or were not escalated. */
  readonly news: ReadonlyArray<Difference>
  /** Differences that were not healed, and are not there any more. */
  readonly gone: ReadonlyArray<Difference>
}

/** What is pending for too long is escalated. */
const escalatedAfter = (difference: Difference, ageMs: number, escalateAfterMs: number): Difference =>
  difference.healing === "pending" && difference._tag !== "OrderDiffers" && ageMs >= escalateAfterMs
    ? { ...difference, healing: "escalated" }
    : difference

const counted = (counts: Counts, difference: Difference, isFound: boolean): Counts => {
  const { escalated, found } = counts[difference._tag] ?? { found: 0, escalated: 0 }
  const isEscalated = difference.healing === "escalated"
  return {
    ...counts,
    [difference._tag]: { found: found + (isFound ? 1 : 0), escalated: escalated + (isEscalated ? 1 : 0) }
  }
}

/** How long a difference has been found in each comparison. */
export const ageOf = (findings: Findings, key: string, nowMs: number): number =>
  nowMs - (findings.sinceMs.get(key) ?? nowMs)

/** Takes up what a comparison found. */
export const taken = (
  before: Findings,
  found: ReadonlyArray<Difference>,
  nowMs: number,
  escalateAfterMs: number
): Changes => {
  const differences = found.map((difference) =>
    escalatedAfter(difference, ageOf(before, differenceKey(difference), nowMs), escalateAfterMs)
  )
  const keys = new Set(differences.map(differenceKey))
  const known = new Map(before.differences.map((one) => [differenceKey(one), one.healing]))
  const news = differences.filter((one) => {
    const was = known.get(differenceKey(one))
    return was === undefined || (one.healing === "escalated" && was !== "escalated")
  })
  const counts = news.reduce((sum, one) => counted(sum, one, !known.has(differenceKey(one))), before.counts)
  const sinceMs = new Map([...keys].map((key) => [key, before.sinceMs.get(key) ?? nowMs]))
  const gone = before.differences.filter((one) => one.healing !== "healed" && !keys.has(differenceKey(one)))
  return { findings: { differences, sinceMs, counts }, news, gone }
}

/** Differences that no rule has healed and that are ours. */
export const unhealed = ({ differences }: Findings): ReadonlyArray<Difference> =>
  differences.filter(({ healing }) => healing === "pending" || healing === "escalated")

export const hasPending = ({ differences }: Findings): boolean =>
  differences.some(({ healing }) => healing === "pending")

const shares = (micros: number): string => String(micros / 1_000_000)

/** What the positions and the cash make of entries; the orders' own bars come on top. */
export const barsOf = ({ differences }: Findings, orders: ReadonlyMap<TokenId, string>): Bars => {
  const instruments = new Map(orders)
  let everything: string | undefined
  for (const difference of differences) {
    if (difference._tag === "PositionDiffers") {
      const { leastMicroShares, mostMicroShares, tokenId, venueMicroShares } = difference
      const booked = `${shares(leastMicroShares)} to ${shares(mostMicroShares)} shares by our books`
      instruments.set(tokenId, `the venue holds ${shares(venueMicroShares)} shares, ${booked}`)
    }
    if (difference._tag === "CashDiffers" && difference.healing === "escalated") {
      everything = "cash is missing at the venue that no trade of ours explains"
    }
  }
  return { everything, instruments }
}
