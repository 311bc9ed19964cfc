/** One run: an exchange, a daemon that is killed again and again, and what is left of both. */
import { mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { PLACE } from "../process/support/daemon.ts"
import { backupProblems } from "./backups.ts"
import { orderProblems, restartProblems, settledProblems } from "./checks.ts"
import { maxEntriesPerWindow } from "./configuration.ts"
import { ordersAsked, readExchangeLedger } from "./exchange-ledger.ts"
import { type Ground, groundOf } from "./ground.ts"
import { readJournal } from "./journal.ts"
import { type Recovered, endProblems, live, recover } from "./life.ts"
import type { Plan } from "./plan.ts"

/** What became of a run. */
export interface Outcome {
  readonly seed: number
  /** The moments at which the daemon was killed, in words. */
  readonly kills: ReadonlyArray<string>
  readonly orders: number
  readonly fills: number
  readonly settlements: number
  readonly problems: ReadonlyArray<string>
  readonly seconds: number
  /** Where its files are, if they were left. */
  readonly home: string | undefined
}

const asTold = async (ground: Ground): Promise<Omit<Outcome, "seed" | "seconds" | "home">> => {
  const { exchangeDir, home, plan, stateDir } = ground
  const kills: Array<string> = []
  const problems: Array<string> = []
  for (const [life, kill] of plan.kills.entries()) {
    const { at, ended } = await live(ground, kill)
    kills.push(at)
    const journal = await readJournal(home, stateDir)
    const found = [
      ...endProblems(ended),
      ...orderProblems(journal, await ordersAsked(exchangeDir), maxEntriesPerWindow(plan)),
      ...(await backupProblems(stateDir, journal))
    ]
    problems.push(...found.map((problem) => `after kill ${life + 1} (${at}): ${problem}`))
  }
  const first = await recover(ground)
  const second = await recover(ground)
  return { kills, ...(await atTheEnd(ground, problems, first, second)) }
}

const atTheEnd = async (
  { exchange, exchangeDir, home, plan, stateDir }: Ground,
  problems: ReadonlyArray<string>,
  first: Recovered,
  second: Recovered
) => {
  const asked = await ordersAsked(exchangeDir)
  exchange.signal("SIGTERM")
  const ended = await exchange.ended
  const ledger = await readExchangeLedger(home, exchangeDir)
  return {
    orders: asked.length,
    fills: ledger.trades.length,
    settlements: second.journal.settlements.length,
    problems: [
      ...problems,
      ...(ended.code === 0 ? [] : [`the exchange ended with code ${ended.code}`]),
      ...[first, second].flatMap(({ journal, problems: own }, index) =>
        [
          ...own,
          ...orderProblems(journal, asked, maxEntriesPerWindow(plan)),
          ...settledProblems(journal, ledger)
        ].map((problem) => `restart ${index + 1}: ${problem}`)
      ),
      ...(await backupProblems(stateDir, second.journal)),
      ...restartProblems(first.journal, second.journal)
    ]
  }
}

/** Runs that are under way, by their folders: how each is ended. */
const running = new Map<string, () => void>()

/** Ends what runs, with all its processes and files. */
export const abandonAll = (): void => {
  for (const [home, end] of running) {
    end()
    rmSync(home, { recursive: true, force: true })
  }
}

/** Runs a plan; whatever breaks on the way is a problem of the run. */
export const runPlan = async (plan: Plan, keep: boolean): Promise<Outcome> => {
  const beganMs = performance.now()
  const cleanUps: Array<() => void> = []
  const end = () => {
    for (const cleanUp of cleanUps) cleanUp()
  }
  const home = mkdtempSync(join(PLACE, "tradewind-crash-"))
  running.set(home, end)
  const told = await groundOf(plan, home, keep, { onTestFinished: (cleanUp) => void cleanUps.push(cleanUp) })
    .then(asTold)
    .catch((error: unknown) => ({
      kills: [],
      orders: 0,
      fills: 0,
      settlements: 0,
      problems: [`the run broke off: ${error instanceof Error ? error.stack : String(error)}`]
    }))
  running.delete(home)
  end()
  if (!keep) rmSync(home, { recursive: true, force: true })
  const seconds = (performance.now() - beganMs) / 1_000
  return { seed: plan.seed, ...told, seconds, home: keep ? home : undefined }
}
