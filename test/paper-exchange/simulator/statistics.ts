/** Statistics of a simulated market, computed as scripts/calibrate.mjs computes those of the recordings. */
import type { Asset } from "../../../src/domain/asset.ts"
import type { MarketEvent } from "../../../src/paper-exchange/market-source.ts"
import { makeSimulatedMarket } from "../../../src/paper-exchange/simulator/simulated-market.ts"
import type { SimulatorSettings } from "../../../src/paper-exchange/simulator/settings.ts"

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, x) => sum + x, 0) / values.length
const meanSquare = (values: ReadonlyArray<number>): number => mean(values.map((x) => x * x))
const share = (values: ReadonlyArray<number>, accept: (x: number) => boolean): number =>
  values.filter(accept).length / values.length
const quantile = (values: ReadonlyArray<number>, q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(q * values.length)] ?? Number.NaN
const blocks = (values: ReadonlyArray<number>, length: number): Array<ReadonlyArray<number>> =>
  Array.from({ length: Math.floor(values.length / length) }, (_, i) =>
    values.slice(i * length, (i + 1) * length)
  )
const autocorrelation = (values: ReadonlyArray<number>, lag: number): number => {
  const centre = mean(values)
  const centred = values.map((x) => x - centre)
  return mean(centred.slice(lag).map((x, i) => x * (centred[i] ?? 0))) / meanSquare(centred)
}

export const eventsUntil = function* (
  settings: SimulatorSettings,
  seed: number,
  durationMs: number
): Generator<MarketEvent> {
  const source = makeSimulatedMarket(settings, seed)
  for (
    let at = source.nextAtMs();
    at !== undefined && at < source.startMs + durationMs;
    at = source.nextAtMs()
  ) {
    yield* source.take()
  }
}

/** One-second returns, in basis points. */
export const spotStatistics = (prices: ReadonlyArray<number>) => {
  const returns = prices.slice(1).map((price, i) => (price / (prices[i] ?? price) - 1) * 10_000)
  const variance = meanSquare(returns)
  const sizes = returns.map(Math.abs)
  const fiveMinutes = blocks(returns, 300).map((block) => Math.sqrt(meanSquare(block)))
  return {
    sdBp: Math.sqrt(variance),
    kurtosis: mean(returns.map((x) => x ** 4)) / variance ** 2,
    zeroShare: share(returns, (x) => x === 0),
    absBpP50: quantile(sizes, 0.5),
    absBpP90: quantile(sizes, 0.9),
    absBpP99: quantile(sizes, 0.99),
    absBpP999: quantile(sizes, 0.999),
    autocorrelation1: autocorrelation(returns, 1),
    absAutocorrelation1: autocorrelation(sizes, 1),
    absAutocorrelation60: autocorrelation(sizes, 60),
    fiveMinuteSdBpP10: quantile(fiveMinutes, 0.1),
    fiveMinuteSdBpP50: quantile(fiveMinutes, 0.5),
    fiveMinuteSdBpP90: quantile(fiveMinutes, 0.9),
    varianceRatio60: mean(blocks(returns, 60).map((b) => b.reduce((s, x) => s + x, 0) ** 2)) / (60 * variance)
  }
}

interface Top {
  readonly secondsIn: number
  readonly bid: number
  readonly ask: number
  readonly bidSize: number
  readonly askSize: number
}

/** Everything about BTC's windows of five minutes over the given market hours. */
export const marketStatistics = (settings: SimulatorSettings, seed: number, hours: number) => {
  const asset: Asset = "BTC"
  const tops = new Map<string, Array<Top>>()
  const starts = new Map<string, number>()
  const outcomes = new Map<string, number>()
  const prices: Array<number> = []
  const delays: Array<number> = []
  const takerSizes: Array<number> = []
  const depth: Array<Array<number>> = [[], [], [], [], [], []]
  let buys = 0
  let crossed = 0
  for (const event of eventsUntil(settings, seed, hours * 3_600_000)) {
    switch (event._tag) {
      case "Listed":
        if (event.market.asset === asset && event.market.interval === "5m") {
          starts.set(event.market.conditionId, event.market.startMs)
          tops.set(event.market.conditionId, [])
        }
        break
      case "Spot":
        prices.push(event.price)
        if (event.observedAtMs > settings.startMs) delays.push(event.atMs - event.observedAtMs)
        break
      case "Book": {
        const [bid, ask] = [event.bids[0], event.asks[0]]
        if (bid !== undefined && ask !== undefined && bid.priceTicks >= ask.priceTicks) crossed++
        const secondsIn = (event.atMs - (starts.get(event.conditionId) ?? Number.NaN)) / 1000
        if (!(secondsIn >= 0)) break
        tops.get(event.conditionId)?.push({
          secondsIn,
          bid: bid === undefined ? 0 : bid.priceTicks / 100,
          ask: ask === undefined ? 100 : ask.priceTicks / 100,
          bidSize: (bid?.sizeMicroShares ?? 0) / 1e6,
          askSize: (ask?.sizeMicroShares ?? 0) / 1e6
        })
        depth.forEach((sizes, k) => {
          for (const level of [event.bids[k], event.asks[k]]) {
            if (level !== undefined) sizes.push(level.sizeMicroShares / 1e6)
          }
        })
        break
      }
      case "Taker":
        if (!starts.has(event.conditionId)) break
        takerSizes.push(event.sizeMicroShares / 1e6)
        if (event.side === "BUY") buys++
        break
      case "Resolved":
        outcomes.set(event.resolution.conditionId, event.resolution.outcome === "Up" ? 1 : 0)
    }
  }
  const all = [...tops.values()].flat()
  const both = all.filter((top) => top.bid > 0 && top.ask < 100)
  const middle = both.filter((top) => top.bid + top.ask > 40 && top.bid + top.ask < 160)
  const spreads = both.map((top) => top.ask - top.bid)
  const topSizes = middle.flatMap((top) => [top.bidSize, top.askSize])
  const moves = {
    one: [] as Array<number>,
    ten: [] as Array<number>,
    next: [] as Array<readonly [number, number]>
  }
  const errors = new Map<number, Array<number>>([60, 120, 240].map((left) => [left, []]))
  const oneSided = (fromSeconds: number, toSeconds: number) => {
    const inside = all.filter((top) => top.secondsIn >= fromSeconds && top.secondsIn < toSeconds)
    return inside.filter((top) => top.bid === 0 || top.ask === 100).length / inside.length
  }
  for (const [conditionId, list] of tops) {
    const mid = new Map(
      list.filter((top) => top.secondsIn % 1 === 0).map((top) => [top.secondsIn, (top.bid + top.ask) / 2])
    )
    const inside = (second: number) => (mid.get(second) ?? 0) > 20 && (mid.get(second) ?? 100) < 80
    for (let second = 0; second + 10 < 240; second++) {
      if (!inside(second)) continue
      const at = (s: number) => mid.get(second + s) ?? Number.NaN
      moves.one.push(at(1) - at(0))
      moves.ten.push(at(10) - at(0))
      moves.next.push([at(1) - at(0), at(2) - at(1)])
    }
    const outcome = outcomes.get(conditionId)
    if (outcome === undefined) continue
    for (const [left, squares] of errors) squares.push(((mid.get(300 - left) ?? 50) / 100 - outcome) ** 2)
  }
  const results = [...outcomes].filter(([id]) => starts.has(id)).map(([, up]) => up)
  const brier = (left: number) => mean(errors.get(left) ?? [])
  return {
    ...spotStatistics(prices),
    delayMsP5: quantile(delays, 0.05),
    delayMsP50: quantile(delays, 0.5),
    delayMsP95: quantile(delays, 0.95),
    crossed,
    spread1c: share(spreads, (s) => s === 1),
    spread2c: share(spreads, (s) => s === 2),
    spreadAbove4c: share(spreads, (s) => s > 4),
    pairAskSum: 1 + mean(spreads) / 100,
    topSizeP10: quantile(topSizes, 0.1),
    topSizeP50: quantile(topSizes, 0.5),
    topSizeP90: quantile(topSizes, 0.9),
    depth1cP50: quantile(depth[1] ?? [], 0.5),
    depth2cP50: quantile(depth[2] ?? [], 0.5),
    depth5cP50: quantile(depth[5] ?? [], 0.5),
    oneSidedFirstMinute: oneSided(0, 60),
    oneSidedMiddle: oneSided(60, 240),
    oneSided60to30: oneSided(240, 270),
    oneSidedLast10s: oneSided(290, 300),
    midMove1sCents: Math.sqrt(meanSquare(moves.one)),
    midMove10sCents: Math.sqrt(meanSquare(moves.ten)),
    midStill1s: share(moves.one, (x) => x === 0),
    midMoveAutocorrelation: mean(moves.next.map(([a, b]) => a * b)) / meanSquare(moves.one),
    midVarianceRatio10: meanSquare(moves.ten) / (10 * meanSquare(moves.one)),
    brier240s: brier(240),
    brier120s: brier(120),
    brier60s: brier(60),
    upShare: mean(results),
    windows: results.length,
    takersPerMinute: takerSizes.length / (hours * 60),
    takerBuyShare: buys / takerSizes.length,
    takerSizeP50: quantile(takerSizes, 0.5),
    takerSizeP90: quantile(takerSizes, 0.9),
    takerSizeMean: mean(takerSizes)
  }
}
