/** What is printed of the seeds: a line for each, and all of them in sum. */
import type { SeedResult } from "../swarm/seed.ts"

/** What a seed left behind, without its journal. */
export type Outcome = Omit<SeedResult, "tables"> & { readonly cpuMs: number }

const HOUR_MS = 3_600_000
const hoursOf = ({ counts }: Outcome): number => (counts["virtualMs"] ?? 0) / HOUR_MS
const sumOf = (amounts: ReadonlyArray<number>): number => amounts.reduce((sum, amount) => sum + amount, 0)

/** One command that plays a seed again, with everything that happens in it. */
export const replayCommand = (seed: number, hours: number): string =>
  `npm run simulate -- --seeds ${seed}..${seed} --hours ${hours} --trace`

export const seedLine = (outcome: Outcome): string => {
  const { counts, cpuMs, digest, injected, problems, seed } = outcome
  const verdict = problems.length === 0 ? "ok    " : "FAILED"
  const words = [
    `${hoursOf(outcome).toFixed(2)} h`,
    `${counts["ticks"] ?? 0} ticks`,
    `${counts["orders"] ?? 0} orders`,
    `${counts["fills"] ?? 0} fills`,
    `${counts["lives"] ?? 0} lives (${counts["deaths"] ?? 0} crashed)`,
    `${sumOf(Object.values(injected))} faults`,
    `${(cpuMs / 1_000).toFixed(1)} s`,
    digest.slice(0, 12)
  ]
  return `seed ${seed}  ${verdict}  ${words.join("  ")}`
}

export const failureLines = ({ problems, seed }: Outcome, hours: number): ReadonlyArray<string> =>
  problems.length === 0
    ? []
    : [...problems.map((problem) => `  ${problem}`), `  again by: ${replayCommand(seed, hours)}`]

const addedUp = (
  records: ReadonlyArray<Readonly<Record<string, number>>>
): ReadonlyArray<readonly [string, number]> => {
  const sums = new Map<string, number>()
  for (const record of records) {
    for (const [name, amount] of Object.entries(record)) sums.set(name, (sums.get(name) ?? 0) + amount)
  }
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** `kinds` are all faults there are: one that never came is said too. */
export const summaryLines = (
  outcomes: ReadonlyArray<Outcome>,
  wallMs: number,
  kinds: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const hours = sumOf(outcomes.map(hoursOf))
  const cpuMs = sumOf(outcomes.map((outcome) => outcome.cpuMs))
  const failed = outcomes.filter(({ problems }) => problems.length > 0).length
  const faults = new Map(addedUp(outcomes.map(({ injected }) => injected)))
  const counts = addedUp(outcomes.map((outcome) => outcome.counts)).filter(([name]) => name !== "virtualMs")
  return [
    `${outcomes.length} seeds, ${failed} failed`,
    `${hours.toFixed(2)} virtual hours in ${(wallMs / 1_000).toFixed(1)} s: ${((hours * 60_000) / wallMs).toFixed(1)} virtual hours a minute; ${((hours * HOUR_MS) / cpuMs).toFixed(0)} × real time per core`,
    `faults: ${kinds.map((kind) => `${kind} ${faults.get(kind) ?? 0}`).join(", ")}`,
    counts.map(([name, amount]) => `${name} ${amount}`).join(", ")
  ]
}
