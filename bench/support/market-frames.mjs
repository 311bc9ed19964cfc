/** Frames of the market channel in the venue's shape, made from a seed: a snapshot of both tokens, then changes near the touch. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"

export const UP = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
export const DOWN = "52114319501245915516055106046884209969926127482827954674443846427813813222426"
const MARKET = `0x${"5f".repeat(32)}`
export const START_MS = 1_795_305_600_000

/** Marsaglia's xorshift: the same frames each time. */
const makeDice = (seed) => {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const HEX = "0123456789abcdef"
const hashOf = (dice) => Array.from({ length: 40 }, () => HEX[dice(16)]).join("")
const priceOf = (cents) => (cents / 100).toFixed(2)
const sizeOf = (hundredths) => String(hundredths / 100)

/** Sizes of the Up token at each cent, in hundredths of a share; everything quoted from 1 to 99 cents but for the touch. */
const fullBook = (dice) => {
  const [bids, asks] = [Array.from({ length: 101 }, () => 0), Array.from({ length: 101 }, () => 0)]
  for (let cents = 1; cents <= 49; cents++) bids[cents] = 500 + dice(500_000)
  for (let cents = 51; cents <= 99; cents++) asks[cents] = 500 + dice(500_000)
  return { bids, asks }
}

const bestBid = ({ bids }) => bids.findLastIndex((size) => size > 0)
const bestAsk = ({ asks }) => asks.findIndex((size) => size > 0)

const levelsOf = (sizes) =>
  sizes.flatMap((size, cents) => (size > 0 ? [{ price: priceOf(cents), size: sizeOf(size) }] : []))
const mirrored = (sizes) => sizes.toReversed()

const bookEvent = (tokenId, bids, asks, stampMs, dice) => ({
  market: MARKET,
  asset_id: tokenId,
  timestamp: String(stampMs),
  hash: hashOf(dice),
  bids: levelsOf(bids),
  asks: levelsOf(asks).toReversed(),
  tick_size: "0.01",
  event_type: "book",
  last_trade_price: "0.500"
})

/** Mostly near the touch, now and then far away; a level that would cross is moved to where it does not. */
const nextChange = (book, dice) => {
  const isBid = dice(2) === 0
  const away = dice(8) === 0 ? dice(30) : dice(4)
  const touch = isBid ? bestAsk(book) - 1 : bestBid(book) + 1
  const cents = Math.min(99, Math.max(1, isBid ? touch - away : touch + away))
  const side = isBid ? book.bids : book.asks
  const rest = side.reduce((count, size) => count + (size > 0 ? 1 : 0), 0)
  side[cents] = side[cents] > 0 && rest > 20 && dice(3) === 0 ? 0 : 500 + dice(500_000)
  return { isBid, cents, size: side[cents] }
}

const changeEvent = (book, { cents, isBid, size }, stampMs, dice) => {
  const [bid, ask] = [bestBid(book), bestAsk(book)]
  const change = (asset_id, at, buys, best_bid, best_ask) => ({
    asset_id,
    price: priceOf(at),
    size: sizeOf(size),
    side: buys ? "BUY" : "SELL",
    hash: hashOf(dice),
    best_bid: priceOf(best_bid),
    best_ask: priceOf(best_ask)
  })
  return {
    market: MARKET,
    price_changes: [
      change(UP, cents, isBid, bid, ask),
      change(DOWN, 100 - cents, !isBid, 100 - ask, 100 - bid)
    ],
    timestamp: String(stampMs),
    event_type: "price_change"
  }
}

const bytes = (value) => Buffer.from(JSON.stringify(value))

/** The first dump, and so many frames of two changes each, ten of them in a millisecond. */
export const makeFrames = (count, { seed = 7, startMs = START_MS } = {}) => {
  const dice = makeDice(seed)
  const book = fullBook(dice)
  const first = bytes([
    bookEvent(UP, book.bids, book.asks, startMs, dice),
    bookEvent(DOWN, mirrored(book.asks), mirrored(book.bids), startMs, dice)
  ])
  const changes = Array.from({ length: count }, (_, index) => {
    const change = nextChange(book, dice)
    return bytes(changeEvent(book, change, startMs + Math.floor(index / 10), dice))
  })
  return { first, changes }
}

/** So many snapshots of 98 levels, each a millisecond after the last. */
export const makeSnapshots = (count, seed = 11) => {
  const dice = makeDice(seed)
  return Array.from({ length: count }, (_, index) => {
    const { asks, bids } = fullBook(dice)
    return bytes(bookEvent(UP, bids, asks, START_MS + index, dice))
  })
}

const RECORDING = fileURLToPath(
  new URL("../../../shared/data/local-only/alihakan/market-ws_20260421T2153.jsonl.gz", import.meta.url)
)

/** The recorded burst, where it is at hand: frames as they came, the tokens in them, and when the last one came. */
export const recordedFrames = () => {
  if (!existsSync(RECORDING)) return undefined
  const rows = gunzipSync(readFileSync(RECORDING))
    .toString()
    .split("\n")
    .filter((row) => row !== "")
    .map((row) => JSON.parse(row))
  const tokens = new Set()
  for (const { payload } of rows)
    for (const event of [payload].flat())
      for (const { asset_id } of event.price_changes ?? [event])
        if (asset_id !== undefined) tokens.add(asset_id)
  return {
    frames: rows.map(({ payload }) => bytes(payload)),
    tokens,
    nowMs: rows.at(-1).capturedAt * 1_000
  }
}
