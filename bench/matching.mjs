/** The matching engine of the embedded exchange: orders placed, cancelled and matched, with money, settlement and news. */
import { makeEngine } from "../dist/lib/paper-exchange/engine/make-engine.js"
import { cpuSeconds, interleaved, line, mark, median, spread, title } from "./support/stats.mjs"

const T0 = 1_780_000_000_000
const SETTINGS = { minedAfterMs: 2_500, confirmedAfterMs: 5_000, redeemAfterMs: 0 }
const UP = "up"
const DOWN = "down"
const MARKET = {
  slug: "btc-updown-1h-bench",
  asset: "BTC",
  interval: "1h",
  startMs: T0,
  endMs: T0 + 3_600_000,
  conditionId: "0xbench",
  upTokenId: UP,
  downTokenId: DOWN,
  tickSizeTicks: 100,
  minSizeMicroShares: 5_000_000,
  fees: { rateMicros: 70_000, exponent: 1, takerOnly: true },
  settlementConfig: undefined,
  takerHoldMs: 0
}
/** Orders of each account that rest at a time. */
const RESTING = 20
const MICROS = 1_000_000
/** An order and what follows it are a millisecond apart. */
const STEP_MS = 1

const makeOrder = (name, tokenId, cents, shares, orderType = "GTC") => ({
  orderId: `order-${name}`,
  conditionId: MARKET.conditionId,
  tokenId,
  side: "BUY",
  orderType,
  priceTicks: cents * 100,
  sizeMicroShares: shares * MICROS,
  postOnly: false,
  expiresAtMs: null
})

/** An open market that others quote at its edges alone, and three accounts that can pay whatever they buy. */
const openMarket = () => {
  const engine = makeEngine(SETTINGS)
  for (const account of ["a", "b", "c"]) engine.deposit(account, 1e15, T0)
  engine.market({ _tag: "Listed", atMs: T0, market: MARKET })
  engine.market({
    _tag: "Book",
    atMs: T0,
    conditionId: MARKET.conditionId,
    bids: [{ priceTicks: 100, sizeMicroShares: 1_000 * MICROS }],
    asks: [{ priceTicks: 9_900, sizeMicroShares: 1_000 * MICROS }]
  })
  return engine
}

/**
 * Of four operations two place what rests (an Up and a Down order, 1 to 10 cents from the middle), one cancels the oldest Down
 * order, and one takes the best Up order by buying Down: a pair is made. So as many orders rest at the end as in the beginning.
 * The orders are made beforehand.
 */
const script = (steps) => {
  const operations = []
  for (let step = 0; step < steps; step++) {
    const cents = 49 - ((step * 7) % 10)
    operations.push({ account: "a", order: makeOrder(`up-${step}`, UP, cents, 10) })
    operations.push({ account: "b", order: makeOrder(`down-${step}`, DOWN, cents, 10) })
    if (step < RESTING) continue
    operations.push({ account: "b", cancel: [`order-down-${step - RESTING}`] })
    operations.push({ account: "c", order: makeOrder(`taker-${step}`, DOWN, 62, 10, "FAK") })
  }
  return operations
}

const carryOut = (operations) => {
  const engine = openMarket()
  const counts = { placed: 0, matched: 0, cancelled: 0, gone: 0, refused: 0 }
  let atMs = T0
  const began = cpuSeconds()
  for (const { account, cancel, order } of operations) {
    atMs += STEP_MS
    if (order === undefined) {
      const { outcome } = engine.cancel(account, cancel, atMs)
      counts[outcome.cancelled.length > 0 ? "cancelled" : "gone"] += 1
    } else {
      const { answer } = engine.place(account, order, atMs)
      if (answer._tag !== "Placed") counts.refused += 1
      else counts[answer.status === "matched" ? "matched" : "placed"] += 1
    }
  }
  return { perSecond: operations.length / (cpuSeconds() - began), counts }
}

export const matching = async ({ rounds }) => {
  const operations = script(8_000)
  title(
    `paper matching, an event is one order placed, matched or cancelled, its money, settlement and news included; a second is one of processor time; ${rounds} rounds`
  )
  let counts
  const found = await interleaved(rounds, {
    engine: () => {
      const run = carryOut(operations)
      counts = run.counts
      return run.perSecond
    }
  })
  if (counts.refused + counts.gone > 0 || counts.matched === 0 || counts.cancelled === 0)
    throw new Error(`no such mix: ${JSON.stringify(counts)}`)
  line("engine", spread(found.engine, "operations/s"))
  line("of a round", JSON.stringify(counts))
  mark("P9", median(found.engine) >= 1_000_000, `${spread(found.engine, "operations/s")} (mark: ≥ 1,000,000)`)
}
