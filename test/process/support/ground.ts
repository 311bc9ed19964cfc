/** A daemon that trades busily on an exchange of its own, to have things taken away from it; and what both have written down. */
import { orderProblems, settledProblems } from "../../crash/checks.ts"
import { maxEntriesPerWindow } from "../../crash/configuration.ts"
import { ordersAsked, readExchangeLedger } from "../../crash/exchange-ledger.ts"
import { type Ground, groundOf } from "../../crash/ground.ts"
import { recover } from "../../crash/life.ts"
import { readJournal } from "../../crash/journal.ts"
import type { Plan } from "../../crash/plan.ts"
import { type Finishing, scratch } from "./daemon.ts"

/** A market as slow as ours, small orders that rest nowhere, and nothing that goes wrong by itself. */
const PLAN: Plan = {
  seed: 7,
  speed: 1,
  pointLimitMs: 0,
  kills: [],
  startsBeforeS: 1,
  orderType: "FAK",
  orders: "small",
  faults: []
}

export const calmGround = (test: Finishing, changes: Partial<Plan> = {}): Promise<Ground> =>
  groundOf({ ...PLAN, ...changes }, scratch(test), false, test)

export const TRADING = { trades: true, backsUp: false }

/** What does not hold between the journal of a daemon that is gone and what reached the exchange so far. */
export const sendProblems = async ({ exchangeDir, home, plan, stateDir }: Ground) =>
  orderProblems(await readJournal(home, stateDir), await ordersAsked(exchangeDir), maxEntriesPerWindow(plan))

/**
 * Lets a daemon that buys nothing settle what was left, then ends the exchange; what went wrong meanwhile, and what does not
 * hold between the journal and the exchange's ledger.
 */
export const auditProblems = async (ground: Ground): Promise<ReadonlyArray<string>> => {
  const { exchange, exchangeDir, home } = ground
  const sent = await sendProblems(ground)
  const { journal, problems } = await recover(ground)
  exchange.signal("SIGTERM")
  await exchange.ended
  return [...sent, ...problems, ...settledProblems(journal, await readExchangeLedger(home, exchangeDir))]
}
