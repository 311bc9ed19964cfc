/** What is printed. */
import type { Outcome } from "../run.ts"

export const runLine = (outcome: Outcome): string => {
  const { fills, kills, orders, problems, seconds, seed, settlements } = outcome
  const verdict = problems.length === 0 ? "clean" : `${problems.length} VIOLATIONS`
  return `seed ${seed}: ${kills.length} kills, ${orders} orders, ${fills} fills, ${settlements} settlements, ${seconds.toFixed(0)} s: ${verdict}`
}

/** The violations of a run, and the command that does it again. */
export const problemLines = (
  outcome: Outcome,
  kills: number,
  at: string | undefined
): ReadonlyArray<string> =>
  outcome.problems.length === 0
    ? []
    : [
        ...outcome.problems.map((problem) => `  ${problem}`),
        ...(outcome.home === undefined ? [] : [`  files: ${outcome.home}`]),
        `  again: npm run crash -- --runs 1 --seed ${outcome.seed} --kills ${kills}${at === undefined ? "" : ` --at ${at}`} --keep`
      ]

const sum = (outcomes: ReadonlyArray<Outcome>, of: (outcome: Outcome) => number): number =>
  outcomes.reduce((total, outcome) => total + of(outcome), 0)

const counted = (names: ReadonlyArray<string>): ReadonlyArray<readonly [name: string, count: number]> => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** The table of kill points, as Markdown, and the sums. */
export const summaryLines = (outcomes: ReadonlyArray<Outcome>, seconds: number): ReadonlyArray<string> => {
  const points = counted(outcomes.flatMap(({ kills }) => kills))
  const width = Math.max(4, ...points.map(([name]) => name.length))
  return [
    `| ${"killed at".padEnd(width)} | times |`,
    `| ${"-".repeat(width)} | ----: |`,
    ...points.map(([name, count]) => `| ${name.padEnd(width)} | ${String(count).padStart(5)} |`),
    "",
    `${outcomes.length} runs, ${sum(outcomes, ({ kills }) => kills.length)} kills, ${sum(outcomes, ({ orders }) => orders)} orders, ` +
      `${sum(outcomes, ({ fills }) => fills)} fills, ${sum(outcomes, ({ settlements }) => settlements)} settlements, ${seconds.toFixed(0)} s`,
    `violations: ${sum(outcomes, ({ problems }) => problems.length)} in ${outcomes.filter(({ problems }) => problems.length > 0).length} runs`
  ]
}
