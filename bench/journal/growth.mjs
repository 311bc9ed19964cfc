/** How much longer the journal gets: of an order from its intent to its confirmed fill, and of a tick. */
import { Effect } from "effect"
import { statSync } from "node:fs"
import { join } from "node:path"
import { openJournal, scratch } from "../support/journal-stack.mjs"
import { intentOf } from "../support/long-journal.mjs"
import { line, show, title } from "../support/stats.mjs"

const SHARES = 5_000_000
const TICKS_A_DAY = 86_400

const evidence = (fills) => ({
  acknowledged: true,
  unknown: null,
  refused: null,
  cancelled: null,
  expired: null,
  venueFilledMicroShares: SHARES,
  fills
})

const positionOf = ({ asset, conditionId, outcome, slug, tokenId }, updatedAtMs, settled) => ({
  slug,
  asset,
  conditionId,
  tokenId,
  outcome,
  matchedMicroShares: SHARES,
  settledMicroShares: settled,
  costMicroUsd: 2_600_000,
  feesMicroUsd: 17_472,
  realizedPnlMicroUsd: 0,
  status: "open",
  openedAtMs: 1_700_000_100_000,
  updatedAtMs
})

/** As the order-manager and the position-manager have it stored: pending, live, filled, and the fill's three statuses. */
const life = (journal, index) =>
  Effect.gen(function* () {
    const { identity, intent } = intentOf(index)
    const { orderId } = identity
    const tradeId = `${String(index).padStart(8, "0")}-5f1c-4a0e-9b62-000000000000`
    const order = {
      ...identity,
      intent,
      note: "",
      filledMicroShares: 0,
      updatedAtMs: intent.createdAtMs + 100
    }
    yield* journal.recordIntent(intent, identity)
    yield* journal.recordOrder({ ...order, status: "live", evidence: evidence([]) })
    for (const [at, status] of ["matched", "mined", "confirmed"].entries()) {
      const updatedAtMs = intent.createdAtMs + 1_000 * (at + 1)
      const seen = [{ key: `${tradeId}|${orderId}`, sizeMicroShares: SHARES, status }]
      const filled = { ...order, status: "filled", filledMicroShares: SHARES, updatedAtMs }
      yield* journal.recordOrder({ ...filled, evidence: evidence(seen) })
      const { slug, side, priceTicks, tokenId } = intent
      const fill = { tradeId, orderId, slug, tokenId, side, role: "taker", priceTicks, status }
      yield* journal.recordFill(
        { ...fill, sizeMicroShares: SHARES, feeMicroUsd: 17_472, matchedAtMs: intent.createdAtMs + 200 },
        positionOf(intent, updatedAtMs, status === "confirmed" ? SHARES : 0)
      )
    }
  })

const tick = (journal, index) =>
  journal.recordTick({
    tick: index + 1,
    atMs: 1_700_000_100_000 + index * 1_000,
    durationMs: 2.125,
    spot: { BTC: "116093.27", ETH: "3811.02", SOL: "187.41", XRP: "2.913" },
    decisions: ["strategy: btc-updown-15m-1700000100: no edge: fair value 0.5312 against 0.5300"]
  })

export const growth = async ({ orders, ticks }) => {
  const { directory, remove } = scratch()
  try {
    const path = join(directory, "tradewind.db")
    const grownBy = async (count, one) => {
      const before = statSync(path).size
      const { close, journal, run } = await openJournal(directory)
      await run(Effect.forEach(Array.from({ length: count }).keys(), (index) => one(journal, index)))
      await close()
      return (statSync(path).size - before) / count
    }
    await (await openJournal(directory)).close()
    const perTick = await grownBy(ticks, tick)
    const perOrder = await grownBy(orders, life)
    title("growth of the journal's file")
    line("an order, from its intent to its confirmed fill", `${show(perOrder)} bytes`)
    line("a tick's summary", `${show(perTick)} bytes`)
    for (const aDay of [200, 2_000, 20_000]) {
      line(
        `a day of ${aDay.toLocaleString("en")} such orders`,
        `${show((aDay * perOrder) / 2 ** 20)} MiB for good, and once ${show((TICKS_A_DAY * perTick) / 2 ** 20)} MiB for the ticks of a day, which are kept for one`
      )
    }
  } finally {
    remove()
  }
}
