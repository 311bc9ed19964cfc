#!/usr/bin/env node
/**
 * Measures the recordings the market simulator is calibrated to and prints the statistics as JSON, one per line.
 * Usage: node scripts/calibrate.mjs [DATA_FOLDER]   (default: ../shared/data beside the project). Needs no build.
 * The table in docs/market-simulator.md quotes these lines by name.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"

const root = process.argv[2] ?? fileURLToPath(new URL("../../shared/data", import.meta.url))
if (!existsSync(root)) {
  process.stderr.write(`No recordings at ${root}: nothing to measure.\n`)
  process.exit(1)
}

const round = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null)
const print = (name, facts) => process.stdout.write(`${name} ${JSON.stringify(facts)}\n`)
const lines = (path) =>
  gunzipSync(readFileSync(join(root, path)))
    .toString("utf8")
    .trimEnd()
    .split("\n")
/** Rows of a CSV without quoted commas, as objects. */
const rows = (path) => {
  const [head, ...body] = lines(path)
  const names = head.split(",")
  return body.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i], cell])))
}
const sum = (values) => values.reduce((total, value) => total + value, 0)
const mean = (values) => sum(values) / values.length
const quantiles = (values, levels) => {
  const sorted = Float64Array.from(values).toSorted()
  return Object.fromEntries(
    levels.map((q) => [
      `p${q * 100}`,
      round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))])
    ])
  )
}
const correlation = (a, b) => {
  const [ma, mb] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb)
    aa += (a[i] - ma) ** 2
    bb += (b[i] - mb) ** 2
  }
  return round(ab / Math.sqrt(aa * bb))
}
const autocorrelation = (values, lag) => correlation(values.slice(lag), values.slice(0, -lag))
const share = (values, accept) => round(values.filter(accept).length / values.length)

/** One-second log returns in basis points: size, tails, clustering. */
const returnsBp = (prices) => prices.slice(1).map((price, i) => Math.log(price / prices[i]) * 10_000)
const spotStatistics = (returns) => {
  const deviation = Math.sqrt(mean(returns.map((r) => r * r)))
  const absolute = returns.map(Math.abs)
  const per = (seconds) => {
    const blocks = []
    for (let i = 0; i + seconds <= returns.length; i += seconds) blocks.push(returns.slice(i, i + seconds))
    return blocks
  }
  const fiveMinuteSd = per(300).map((block) => Math.sqrt(mean(block.map((r) => r * r))))
  return {
    seconds: returns.length,
    sdBp: round(deviation),
    kurtosis: round(mean(returns.map((r) => r ** 4)) / deviation ** 4),
    zeroShare: share(returns, (r) => r === 0),
    absBp: quantiles(absolute, [0.5, 0.9, 0.99, 0.999, 0.9999]),
    autocorrelation: [1, 2, 3].map((lag) => autocorrelation(returns, lag)),
    absAutocorrelation: [1, 10, 60, 300, 900].map((lag) => autocorrelation(absolute, lag)),
    fiveMinuteSdBp: quantiles(fiveMinuteSd, [0.1, 0.5, 0.9, 0.99]),
    /** Variance of 60 s and 300 s moves over that of independent seconds: above 1 where seconds trend. */
    varianceRatio: [60, 300].map((n) => round(mean(per(n).map((b) => sum(b) ** 2)) / (n * deviation ** 2)))
  }
}
for (const file of readdirSync(join(root, "local-only/binance-1s")).toSorted()) {
  print(
    `spot.binance.${file.slice(0, -7)}`,
    spotStatistics(returnsBp(rows(`local-only/binance-1s/${file}`).map((row) => Number(row.close))))
  )
}

const chainlinkRows = rows("local-only/ligengxin96/BTCUSD-prices-2026-06-08.csv.gz")
const chainlinkAt = new Map(chainlinkRows.map((row) => [Number(row.feed_ts_ms), Number(row.value)]))
const chainlinkReturns = []
for (const [at, price] of chainlinkAt) {
  const before = chainlinkAt.get(at - 1000)
  if (before !== undefined) chainlinkReturns.push(Math.log(price / before) * 10_000)
}
print("spot.chainlink.BTC", spotStatistics(chainlinkReturns))
print(
  "spot.chainlink.delayMs",
  quantiles(
    chainlinkRows.map((row) => Number(row.recv_ms) - Number(row.feed_ts_ms)),
    [0.05, 0.5, 0.95, 0.99]
  )
)

/** Chainlink against Binance at 1 s, for lags in seconds. */
{
  const perSecond = new Map()
  for (const row of rows("herbalclaw-mit/btc_binance_vs_chainlink_100ms_20260217.csv.gz")) {
    perSecond.set(Math.floor(Number(row.timestamp_ms) / 1000), row)
  }
  const seconds = [...perSecond.values()].filter(
    (row) => row.binance_btc_price > 0 && row.chainlink_btc_price > 0
  )
  const binance = returnsBp(seconds.map((row) => Number(row.binance_btc_price)))
  const chainlink = returnsBp(seconds.map((row) => Number(row.chainlink_btc_price)))
  print("spot.chainlinkLag.correlationBySecond", {
    lags: [0, 1, 2, 3, 4].map((lag) =>
      correlation(chainlink.slice(lag), lag === 0 ? binance : binance.slice(0, -lag))
    )
  })
}

/** The top of every recorded frame of BTC 5m windows while they trade, seen from the Down token. */
const frames = rows("cronosvirus00-ccby/btc5m_bbo_20260413-15.csv.gz")
  .filter((row) => row.token === "down")
  .map((row) => ({
    start: Number(row.window_start) * 1000,
    at: Number(row.ts_ms),
    bid: Number(row.best_bid || "NaN"),
    ask: Number(row.best_ask || "NaN"),
    bidSize: Number(row.best_bid_size || "NaN"),
    askSize: Number(row.best_ask_size || "NaN"),
    levels: [Number(row.bid_levels), Number(row.ask_levels)]
  }))
const trading = frames.filter((frame) => frame.at >= frame.start && frame.at < frame.start + 300_000)
const twoSided = trading.filter((frame) => frame.bid > 0 && frame.ask > 0)
print("book.frames", { trading: trading.length, windows: new Set(trading.map((f) => f.start)).size })
print("book.oneSidedShare", { share: round(1 - twoSided.length / trading.length) })
const spreadsOf = (chosen) => {
  const spreads = chosen.map((frame) => Math.round((frame.ask - frame.bid) * 100))
  return Object.fromEntries([1, 2, 3, 4].map((cents) => [`${cents}c`, share(spreads, (s) => s === cents)]))
}
const middle = twoSided.filter((frame) => frame.bid + frame.ask > 0.4 && frame.bid + frame.ask < 1.6)
print("book.spread.all", spreadsOf(twoSided))
print("book.spread.mid20to80", spreadsOf(middle))
for (const [name, from, to] of [
  ["300-240", 0, 60],
  ["240-60", 60, 240],
  ["60-30", 240, 270],
  ["30-10", 270, 290],
  ["10-0", 290, 300]
]) {
  const inside = trading.filter((f) => f.at - f.start >= from * 1000 && f.at - f.start < to * 1000)
  const both = inside.filter((f) => f.bid > 0 && f.ask > 0)
  print(`book.bySecondsLeft.${name}`, {
    frames: inside.length,
    oneSided: round(1 - both.length / inside.length),
    spread: spreadsOf(both),
    ...quantiles(
      both.flatMap((f) => [f.bidSize, f.askSize]),
      [0.1, 0.5, 0.9]
    ),
    pinned: share(both, (f) => f.bid + f.ask < 0.2 || f.bid + f.ask > 1.8)
  })
}
print(
  "book.topSize.all",
  quantiles(
    twoSided.flatMap((f) => [f.bidSize, f.askSize]),
    [0.1, 0.25, 0.5, 0.75, 0.9, 0.99]
  )
)
print(
  "book.topSize.mid20to80",
  quantiles(
    middle.flatMap((f) => [f.bidSize, f.askSize]),
    [0.1, 0.25, 0.5, 0.75, 0.9, 0.99]
  )
)
print(
  "book.levelsBothSides",
  quantiles(
    trading.map((f) => f.levels[0] + f.levels[1]),
    [0.1, 0.5, 0.9]
  )
)

const byWindow = new Map()
for (const frame of trading) {
  const list = byWindow.get(frame.start) ?? []
  list.push(frame)
  byWindow.set(frame.start, list)
}
{
  const gaps = []
  const moves = { 1: [], 2: [], 5: [], 10: [] }
  const reversal = [[], []]
  const sameTop = []
  for (const list of byWindow.values()) {
    list.sort((a, b) => a.at - b.at)
    for (let i = 1; i < list.length; i++) {
      gaps.push(list[i].at - list[i - 1].at)
      sameTop.push(list[i].bid === list[i - 1].bid && list[i].ask === list[i - 1].ask ? 1 : 0)
    }
    const grid = []
    let k = -1
    const first = list[0].start
    for (let second = 0; second < 300; second++) {
      while (k + 1 < list.length && list[k + 1].at <= first + second * 1000) k++
      const frame = list[k]
      const fresh =
        frame !== undefined && frame.bid > 0 && frame.ask > 0 && first + second * 1000 - frame.at < 3000
      grid.push(fresh ? (frame.bid + frame.ask) / 2 : Number.NaN)
    }
    const inMiddle = (i) => grid[i] > 0.2 && grid[i] < 0.8
    for (const span of [1, 2, 5, 10]) {
      for (let i = 0; i + span < 240; i++) {
        const move = grid[i + span] - grid[i]
        if (inMiddle(i) && !Number.isNaN(move)) moves[span].push(move)
      }
    }
    for (let i = 0; i + 2 < 240; i++) {
      const [a, b] = [grid[i + 1] - grid[i], grid[i + 2] - grid[i + 1]]
      if (inMiddle(i) && !Number.isNaN(a + b)) {
        reversal[0].push(a)
        reversal[1].push(b)
      }
    }
  }
  print("book.frameGapMs", { mean: round(mean(gaps)), ...quantiles(gaps, [0.1, 0.5, 0.9, 0.99]) })
  print("book.frameKeepsTop", { share: round(mean(sameTop)) })
  print("book.midMoveSd.mid20to80.first240s", {
    ...Object.fromEntries(
      Object.entries(moves).map(([s, m]) => [`${s}s`, round(Math.sqrt(mean(m.map((x) => x * x))))])
    ),
    move1sAutocorrelation: correlation(reversal[0], reversal[1]),
    variance10sOver10x1s: round(mean(moves[10].map((x) => x * x)) / (10 * mean(moves[1].map((x) => x * x)))),
    still1s: share(moves[1], (x) => Math.abs(x) < 1e-9)
  })
}

/** Quotes of others once a second against the outcome: mean squared error by seconds left. */
{
  const outcomes = new Map(
    rows("windows.csv.gz")
      .filter((row) => row.dataset.startsWith("cronos") && row.outcome !== "")
      .map((row) => [Number(row.window_start) * 1000, row.outcome === "Up" ? 0 : 1])
  )
  const brier = {}
  for (const left of [240, 180, 120, 60, 30]) {
    const errors = []
    for (const [start, list] of byWindow) {
      const outcome = outcomes.get(start)
      const frame = list.findLast((f) => f.at <= start + (300 - left) * 1000)
      if (outcome === undefined || frame === undefined) continue
      const bid = Number.isNaN(frame.bid) ? 0 : frame.bid
      const ask = Number.isNaN(frame.ask) ? 1 : frame.ask
      errors.push(((bid + ask) / 2 - outcome) ** 2)
    }
    brier[`${left}s`] = round(mean(errors))
  }
  print("book.brierBySecondsLeft", brier)
}

/** Depth by distance from the best, full-depth windows, one frame in ten. */
{
  const folder = "cronosvirus00-ccby/l2"
  const sizes = Array.from({ length: 30 }, () => [])
  const gapsInLadder = []
  const logRatio = []
  for (const file of readdirSync(join(root, folder))) {
    const start = Number(/5m-(\d+)/.exec(file)[1]) * 1000
    const all = lines(`${folder}/${file}`)
    for (let i = 0; i < all.length; i += 10) {
      const { msg } = JSON.parse(all[i])
      const at = Number(msg.timestamp)
      if (at < start || at >= start + 300_000) continue
      const best = Number(msg.bids.at(-1)?.price ?? 0) + Number(msg.asks.at(-1)?.price ?? 0)
      if (best < 0.6 || best > 1.4 || msg.bids.length === 0 || msg.asks.length === 0) continue
      for (const side of [msg.bids, msg.asks]) {
        const top = Math.round(Number(side.at(-1).price) * 100)
        const here = new Map(
          side.map((l) => [Math.abs(Math.round(Number(l.price) * 100) - top), Number(l.size)])
        )
        for (let k = 0; k < 30; k++) {
          const size = here.get(k)
          if (size !== undefined) sizes[k].push(size)
        }
        gapsInLadder.push([...Array(10).keys()].filter((k) => !here.has(k)).length / 10)
        if (here.has(1) && here.has(2)) logRatio.push(Math.log(here.get(2) / here.get(1)))
      }
    }
  }
  print("depth.medianSizeByCentsFromBest.mid30to70", {
    sizes: sizes.map((list) => Math.round(quantiles(list, [0.5])["p50"]))
  })
  print("depth.p10p90AtCents", {
    "1c": quantiles(sizes[1], [0.1, 0.9]),
    "2c": quantiles(sizes[2], [0.1, 0.9]),
    "5c": quantiles(sizes[5], [0.1, 0.9]),
    "10c": quantiles(sizes[10], [0.1, 0.9])
  })
  print("depth.missingOfFirst10Cents", { share: round(mean(gapsInLadder)) })
}

/** Both tokens polled at 1 Hz, BTC 15m. */
{
  const both = ["market_data_20251226.csv.gz", "market_data_20251229.csv.gz"]
    .flatMap((file) => rows(`borisz42-mit/${file}`))
    .filter((row) => ["UpBid", "UpAsk", "DownBid", "DownAsk"].every((name) => Number(row[name]) > 0))
  const sums = both.map((row) => Number(row.UpAsk) + Number(row.DownAsk))
  print("pair.askSum.15m", { mean: round(mean(sums)), ...quantiles(sums, [0.1, 0.5, 0.9, 0.99]) })
  const spreads = both.map((row) => Math.round((Number(row.UpAsk) - Number(row.UpBid)) * 100))
  print(
    "pair.spread.15m",
    Object.fromEntries([1, 2, 3, 4].map((c) => [`${c}c`, share(spreads, (s) => s === c)]))
  )
  print(
    "pair.fiveBestLevelsShares.15m",
    quantiles(
      both.map((row) => Number(row.UpAskLiquidity)),
      [0.1, 0.5, 0.9]
    )
  )
}
{
  const top = lines("frederick-mit/btc_orderbook.csv.gz")
    .slice(1)
    .map((line) => line.replace(/"[^"]*"/g, "").split(","))
  print(
    "frederick.topSize.15m",
    quantiles(
      top.flatMap((cells) => [Number(cells[14]), Number(cells[16])]).filter((size) => size > 0),
      [0.1, 0.5, 0.9]
    )
  )
}

/** Others' market orders. */
for (const coin of ["btc", "eth", "sol", "xrp"]) {
  const trades = ["up", "down"].flatMap((token) =>
    lines(`local-only/caiooooo/15m_${coin}_trades_1765450800${token}.jsonl.gz`).map((line) =>
      Object.assign(JSON.parse(line), { token })
    )
  )
  const stamps = trades.map((trade) => Number(trade.timestamp))
  const seconds = (Math.max(...stamps) - Math.min(...stamps)) / 1000
  const perSecond = new Map()
  for (const stamp of stamps) {
    const second = Math.floor(stamp / 1000)
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
  }
  print(`trades.caiooooo.15m.${coin}`, {
    trades: trades.length,
    seconds: round(seconds),
    perMinute: round((trades.length / seconds) * 60),
    busySecondsShare: round(perSecond.size / seconds),
    buyShare: share(trades, (trade) => trade.side.toLowerCase() === "buy"),
    upShare: share(trades, (trade) => trade.token === "up"),
    sizeShares: quantiles(
      trades.map((trade) => Number(trade.size)),
      [0.1, 0.25, 0.5, 0.75, 0.9, 0.99]
    ),
    meanSize: round(mean(trades.map((trade) => Number(trade.size))))
  })
}
{
  const trades = lines("local-only/alihakan/market-ws_20260421T2153.jsonl.gz")
    .flatMap((line) => JSON.parse(line).payload)
    .filter((event) => event.event_type === "last_trade_price")
  const stamps = trades.map((trade) => Number(trade.timestamp))
  const sizes = trades.map((trade) => Number(trade.size))
  print("trades.alihakan.5m", {
    trades: trades.length,
    seconds: round((Math.max(...stamps) - Math.min(...stamps)) / 1000),
    buyShare: share(trades, (trade) => trade.side === "BUY"),
    sizeShares: quantiles(sizes, [0.1, 0.5, 0.9]),
    meanSize: round(mean(sizes))
  })
}
{
  const volumes = lines("local-only/ligengxin96/BTC-5m-markets-2026-06-08.jsonl.gz").map((line) =>
    Number(JSON.parse(line).raw.volume)
  )
  print("volumeUsd.5m", { mean: round(mean(volumes)), ...quantiles(volumes, [0.1, 0.5, 0.9]) })
}
{
  const moves = rows("felixdoteth-mit/btc5m_outcomes.csv.gz")
    .map((row) => Math.abs(Number(row.btc_change_pct)) * 100)
    .filter(Number.isFinite)
  print("windows.absMoveBp.5m", { mean: round(mean(moves)), ...quantiles(moves, [0.1, 0.5, 0.9, 0.99]) })
}
