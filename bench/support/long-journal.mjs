/** A journal of many orders, as months of trading would leave it: most windows settled, the last ones open. */
import { openBare } from "./driver.mjs"

const ORDERS_IN_A_WINDOW = 40
const OPEN_WINDOWS = 8
const FIRST_MS = 1_700_000_100_000
const WINDOW_MS = 900_000

const hex = (number, digits) => number.toString(16).padStart(digits, "0")
/** Ids are digests: neighbours in time are none in order. */
const scattered = (index) => `0x${hex((index * 2_654_435_761) % 2 ** 32, 8)}${hex(index, 56)}`

const signedOrder = (index, tokenId) =>
  JSON.stringify({
    salt: 9_007_199_254_740_991 - index,
    maker: `0x${hex(7, 40)}`,
    signer: `0x${hex(7, 40)}`,
    tokenId,
    makerAmount: "2600000",
    takerAmount: "5000000",
    side: "BUY",
    signatureType: 0,
    timestamp: String(FIRST_MS + index),
    expiration: "0",
    metadata: `0x${hex(0, 64)}`,
    builder: `0x${hex(0, 64)}`,
    signature: `0x${hex(index, 130)}`
  })

export const windowOf = (index) => {
  const at = Math.floor(index / ORDERS_IN_A_WINDOW)
  const startMs = FIRST_MS + at * WINDOW_MS
  return {
    at,
    startMs,
    slug: `btc-updown-15m-${startMs / 1_000}`,
    conditionId: `0x${hex(at, 64)}`,
    upTokenId: `7${String(at * 2 + 1).padStart(76, "0")}`,
    downTokenId: `7${String(at * 2 + 2).padStart(76, "0")}`
  }
}

/** The intent of a number, with its identity: what every measurement writes. */
export const intentOf = (index) => {
  const { conditionId, slug, startMs, upTokenId: tokenId } = windowOf(index)
  const createdAtMs = startMs + (index % ORDERS_IN_A_WINDOW) * 20_000
  const intent = {
    slug,
    asset: "BTC",
    conditionId,
    tokenId,
    outcome: "Up",
    side: index % 2 === 0 ? "BUY" : "SELL",
    orderType: "GTC",
    priceTicks: 5_200,
    sizeMicroShares: 5_000_000,
    postOnly: false,
    expiresAtMs: null,
    purpose: index % 2 === 0 ? "entry" : "take-profit",
    reason: "fair value 0.5612 against 0.5200 leaves an edge of 0.0341 after fees",
    createdAtMs
  }
  const identity = {
    orderId: scattered(index),
    salt: 9_007_199_254_740_991 - index,
    timestampMs: createdAtMs,
    signedOrder: signedOrder(index, tokenId)
  }
  return { intent, identity }
}

const evidence = (fills) => ({
  acknowledged: true,
  unknown: null,
  refused: null,
  cancelled: null,
  expired: null,
  venueFilledMicroShares: 5_000_000,
  fills
})
const filledBy = (tradeId, orderId, status) =>
  evidence([{ key: `${tradeId}|${orderId}`, sizeMicroShares: 5_000_000, status }])

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const inserter = (db) => {
  const prepared = new Map()
  return (table, row) => {
    const names = Object.keys(row)
    let statement = prepared.get(table)
    if (statement === undefined) {
      statement = db.prepare(
        `INSERT INTO ${table} (${names.map(snake).join(", ")}) VALUES (${names.map(() => "?").join(", ")})`
      )
      prepared.set(table, statement)
    }
    statement.run(Object.values(row))
  }
}

const order = (insert, index) => {
  const { identity, intent } = intentOf(index)
  const { orderId } = identity
  const tradeId = `${hex(index, 8)}-5f1c-4a0e-9b62-000000000000`
  const atMs = intent.createdAtMs
  insert("intents", { ...intent, ...identity, postOnly: 0 })
  const state = (status, filledMicroShares, its, ms) => ({
    orderId,
    status,
    filledMicroShares,
    note: "",
    ms,
    its
  })
  const event = ({ its, ms, ...rest }) =>
    insert("order_events", { ...rest, atMs: ms, evidence: its === null ? null : JSON.stringify(its) })
  event(state("pending", 0, evidence([]), atMs))
  event(state("filled", 5_000_000, filledBy(tradeId, orderId, "matched"), atMs + 300))
  const last = state("filled", 5_000_000, filledBy(tradeId, orderId, "confirmed"), atMs + 5_000)
  event(last)
  insert("orders", {
    orderId,
    status: last.status,
    filledMicroShares: last.filledMicroShares,
    note: "",
    updatedAtMs: last.ms,
    evidence: JSON.stringify(last.its)
  })
  insert("fills", {
    tradeId,
    orderId,
    slug: intent.slug,
    tokenId: intent.tokenId,
    side: intent.side,
    role: "taker",
    priceTicks: intent.priceTicks,
    sizeMicroShares: intent.sizeMicroShares,
    feeMicroUsd: 17_472,
    status: "confirmed",
    matchedAtMs: atMs + 200
  })
  for (const [status, ms] of [
    ["matched", 300],
    ["confirmed", 5_000]
  ]) {
    insert("fill_events", { tradeId, orderId, status, atMs: atMs + ms })
    insert("position_events", position(intent, atMs + ms))
  }
}

const position = ({ asset, conditionId, outcome, slug, tokenId }, updatedAtMs) => ({
  tokenId,
  slug,
  asset,
  conditionId,
  outcome,
  matchedMicroShares: 0,
  settledMicroShares: 0,
  costMicroUsd: 0,
  feesMicroUsd: 17_472,
  realizedPnlMicroUsd: 100_000,
  status: "closed",
  openedAtMs: updatedAtMs,
  updatedAtMs
})

const windowRow = (insert, index, settled) => {
  const { conditionId, downTokenId, slug, startMs, upTokenId } = windowOf(index)
  insert("windows", {
    slug,
    asset: "BTC",
    interval: "15m",
    startMs,
    endMs: startMs + WINDOW_MS,
    conditionId,
    upTokenId,
    downTokenId,
    tickSizeTicks: 100,
    minSizeMicroShares: 5_000_000,
    feeRateMicros: 70_000,
    feeExponent: 1,
    feeTakerOnly: 1,
    rule: "ChainlinkTwap",
    ruleLookbackSeconds: 60
  })
  insert("positions", position(intentOf(index).intent, startMs + WINDOW_MS))
  if (!settled) return
  insert("settlements", {
    slug,
    conditionId,
    outcome: "Up",
    openPrice: 11_600_000_000_000,
    closePrice: 11_601_000_000_000,
    resolvedAtMs: startMs + WINDOW_MS + 30_000
  })
}

/** Adds so many orders to the journal at this path, whose schema is there. Not durable while it goes on: it is a fixture. */
export const fill = (path, orders) => {
  const db = openBare(path)
  db.pragma("synchronous = OFF")
  db.pragma("foreign_keys = OFF")
  const insert = inserter(db)
  const windows = Math.ceil(orders / ORDERS_IN_A_WINDOW)
  db.transaction(() => {
    for (let index = 0; index < orders; index++) {
      if (index % ORDERS_IN_A_WINDOW === 0) {
        windowRow(insert, index, index / ORDERS_IN_A_WINDOW < windows - OPEN_WINDOWS)
      }
      order(insert, index)
    }
  })()
  // What was left open when it stopped.
  for (const { order_id: orderId } of db
    .prepare("SELECT order_id FROM intents ORDER BY seq DESC LIMIT 20")
    .all()) {
    db.prepare("UPDATE orders SET status = 'live' WHERE order_id = ?").run(orderId)
  }
  // The last entry of each is its state: a backup would find out.
  db.exec(`INSERT INTO order_events (order_id, status, filled_micro_shares, note, at_ms, evidence)
    SELECT order_id, status, filled_micro_shares, note, updated_at_ms, evidence FROM orders WHERE status = 'live'`)
  const columns = `token_id, slug, asset, condition_id, outcome, matched_micro_shares, settled_micro_shares,
    cost_micro_usd, fees_micro_usd, realized_pnl_micro_usd, status, opened_at_ms, updated_at_ms`
  db.exec(`INSERT INTO position_events (${columns}) SELECT ${columns} FROM positions`)
  db.pragma("wal_checkpoint(TRUNCATE)")
  db.close()
}
