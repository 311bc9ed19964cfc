/** Twenty kills of the real daemon; `npm run crash` makes as many as one likes (docs/reliability.md). */
import { describe, expect, it } from "vitest"
import { planOf } from "./plan.ts"
import { runPlan } from "./run.ts"

const KILLS_PER_RUN = 5
/** Two seeds for each of two cores: a fast market, where windows end and backups are made, and a slow one. */
const LANES = [
  [5, 52],
  [50, 38]
]

describe("kill -9", () => {
  it("crash – twenty kills at named points and at any moment leave the journal and the exchange agreed", async () => {
    const outcomes = await Promise.all(
      LANES.map(async (seeds) => {
        const found = []
        for (const seed of seeds) found.push(await runPlan(planOf(seed, KILLS_PER_RUN), false))
        return found
      })
    )
    const all = outcomes.flat()
    expect(
      all.flatMap(({ problems, seed }) => problems.map((problem) => `seed ${seed}: ${problem}`))
    ).toEqual([])
    expect(all.flatMap(({ kills }) => kills)).toHaveLength(KILLS_PER_RUN * LANES.flat().length)
    // Nothing would be shown by daemons that never trade.
    expect(all.reduce((sum, { orders }) => sum + orders, 0)).toBeGreaterThan(0)
  }, 600_000)
})
