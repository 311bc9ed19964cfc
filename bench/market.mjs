/** Frames of the market channel: read, checked and kept as books; beside JSON.parse alone, and a book of Maps. */
import { Ladder } from "../dist/lib/modules/polymarket/streams/ladder.js"
import { MarketBooks } from "../dist/lib/modules/polymarket/streams/market-books.js"
import { DOWN, START_MS, UP, makeFrames, makeSnapshots, recordedFrames } from "./support/market-frames.mjs"
import { cpuSeconds, interleaved, line, mark, median, ratio, spread, title } from "./support/stats.mjs"

/** Frames per second of processor time. */
const rate = (count, run) => () => {
  const began = cpuSeconds()
  run()
  return count / (cpuSeconds() - began)
}

const booksOf = (tokens, dropped) => {
  const books = new MarketBooks({ dropped, took: () => undefined })
  books.follow(new Set(tokens))
  return books
}

const refuse = (reason, message) => {
  throw new Error(`a frame of our own making was dropped: ${reason} ${message}`)
}

/** What is written most often for this: floats in Maps, nothing checked, the best price looked for among all. */
const mapBook = () => {
  const sides = new Map()
  const sideOf = (tokenId, side) => {
    const key = `${tokenId}:${side}`
    if (!sides.has(key)) sides.set(key, new Map())
    return sides.get(key)
  }
  const put = (side, price, size) => (size === 0 ? side.delete(price) : side.set(price, size))
  let best = 0
  const take = (text) => {
    for (const event of [JSON.parse(text)].flat()) {
      for (const { price, size } of event.bids ?? []) put(sideOf(event.asset_id, "BUY"), +price, +size)
      for (const { price, size } of event.asks ?? []) put(sideOf(event.asset_id, "SELL"), +price, +size)
      for (const { asset_id, price, side, size } of event.price_changes ?? []) {
        const levels = sideOf(asset_id, side)
        put(levels, +price, +size)
        best = side === "BUY" ? Math.max(...levels.keys()) : Math.min(...levels.keys())
      }
    }
    return best
  }
  return { take, sideOf }
}

/** Books that end up different would not be worth comparing. */
const checkEqual = ({ changes, first }) => {
  const [ours, plain] = [booksOf([UP, DOWN], refuse), mapBook()]
  for (const frame of [first, ...changes]) {
    ours.take(frame.toString(), START_MS)
    plain.take(frame.toString())
  }
  for (const tokenId of [UP, DOWN]) {
    const { asks, bids } = ours.book(tokenId, START_MS)
    for (const [side, levels] of [
      ["BUY", bids],
      ["SELL", asks]
    ]) {
      const shown = new Map(levels.map(({ priceTicks, sizeMicroShares }) => [priceTicks, sizeMicroShares]))
      const kept = plain.sideOf(tokenId, side)
      const same = [...kept].every(
        ([price, size]) => shown.get(Math.round(price * 1e4)) === Math.round(size * 1e6)
      )
      if (!same || shown.size !== kept.size) throw new Error(`${side} differs from the plain book`)
    }
  }
}

let sink = 0
const frames = async (rounds) => {
  const made = makeFrames(20_000)
  checkEqual(made)
  const { changes, first } = made
  const bytes = changes.reduce((sum, { length }) => sum + length, 0) / changes.length
  title(
    `market frames, an event is one frame of two changes (${Math.round(bytes)} bytes), from bytes to both books and their best prices; a second is one of processor time; ${rounds} rounds in turn`
  )
  const found = await interleaved(rounds, {
    ours: rate(changes.length, () => {
      const books = booksOf([UP, DOWN], refuse)
      books.take(first.toString(), START_MS)
      for (const frame of changes) books.take(frame.toString(), START_MS)
    }),
    parse: rate(changes.length, () => {
      for (const frame of changes) sink += JSON.parse(frame.toString()).price_changes.length
    }),
    map: rate(changes.length, () => {
      const { take } = mapBook()
      take(first.toString())
      for (const frame of changes) sink += take(frame.toString())
    })
  })
  line("ours: parsed, checked, in the books", spread(found.ours, "frames/s"))
  line("JSON.parse alone", spread(found.parse, "frames/s"))
  line("JSON.parse, floats in Maps, unchecked", spread(found.map, "frames/s"))
  line("ours against JSON.parse alone", ratio(found.ours, found.parse))
  line("ours against Maps", ratio(found.ours, found.map))
}

const snapshots = async (rounds) => {
  const made = makeSnapshots(500)
  title(
    `a snapshot of 98 levels (${made[0].length} bytes), microseconds of processor time; ${rounds} rounds in turn`
  )
  const each = (run) => async () => 1e6 / rate(made.length * 4, run)()
  const found = await interleaved(rounds, {
    ours: each(() => {
      for (let pass = 0; pass < 4; pass++) {
        const books = booksOf([UP], refuse)
        for (const frame of made) books.take(frame.toString(), START_MS)
      }
    }),
    parse: each(() => {
      for (let pass = 0; pass < 4; pass++)
        for (const frame of made) sink += JSON.parse(frame.toString()).bids.length
    })
  })
  line("ours: parsed, checked, in the book", spread(found.ours, "µs"))
  line("JSON.parse alone", spread(found.parse, "µs"))
  mark("P6", median(found.ours) < 60, `a 98-level snapshot in ${spread(found.ours, "µs")} (mark: < 60 µs)`)
}

const recorded = async (rounds) => {
  const recording = recordedFrames()
  if (recording === undefined) return line("recorded burst", "not at hand")
  const { frames: burst, nowMs, tokens } = recording
  title(`the recorded burst, ${burst.length} frames about ${tokens.size} tokens; ${rounds} rounds in turn`)
  let late = 0
  const found = await interleaved(rounds, {
    ours: rate(burst.length, () => {
      const books = booksOf(tokens, (reason, message) =>
        reason === "older" ? late++ : refuse(reason, message)
      )
      for (const frame of burst) books.take(frame.toString(), nowMs)
    }),
    parse: rate(burst.length, () => {
      for (const frame of burst) sink += [JSON.parse(frame.toString())].length
    })
  })
  line("ours", spread(found.ours, "frames/s"))
  line("JSON.parse alone", spread(found.parse, "frames/s"))
  line("ours against JSON.parse alone", ratio(found.ours, found.parse))
  line("changes older than what was known, a round", String(Math.round(late / (rounds + 1))))
}

/** Book updates alone, already read: sizes at ticks, and the best price after each. */
const updates = async (rounds) => {
  const { changes } = makeFrames(20_000)
  const bids = changes
    .map((frame) => JSON.parse(frame.toString()).price_changes[0])
    .filter(({ side }) => side === "BUY")
    .map(({ price, size }) => ({ ticks: Math.round(price * 1e4), micros: Math.round(size * 1e6) }))
  const passes = 20
  title(`a book update and the best price after it, already read; ${rounds} rounds in turn`)
  const found = await interleaved(rounds, {
    ladder: rate(bids.length * passes, () => {
      const ladder = new Ladder("bids")
      for (let pass = 0; pass < passes; pass++)
        for (const { micros, ticks } of bids) {
          ladder.set(ticks, micros, START_MS)
          sink += ladder.best
        }
    }),
    sorted: rate(bids.length * passes, () => {
      const prices = []
      const sizes = []
      for (let pass = 0; pass < passes; pass++)
        for (const { micros, ticks } of bids) {
          let low = 0
          let high = prices.length
          while (low < high) {
            const middle = (low + high) >>> 1
            if (prices[middle] > ticks) low = middle + 1
            else high = middle
          }
          if (prices[low] === ticks) {
            if (micros > 0) sizes[low] = micros
            else {
              prices.splice(low, 1)
              sizes.splice(low, 1)
            }
          } else if (micros > 0) {
            prices.splice(low, 0, ticks)
            sizes.splice(low, 0, micros)
          }
          sink += prices[0] ?? -1
        }
    }),
    map: rate(bids.length, () => {
      const side = new Map()
      for (const { micros, ticks } of bids) {
        if (micros > 0) side.set(ticks, micros)
        else side.delete(ticks)
        sink += Math.max(...side.keys())
      }
    })
  })
  const millions = (values) => values.map((value) => value / 1e6)
  line("ours: ladder by tick", spread(millions(found.ladder), "M/s"))
  line("sorted arrays", spread(millions(found.sorted), "M/s"))
  line("Map, the best looked for", spread(millions(found.map), "M/s"))
  line("ours against sorted arrays", ratio(found.ladder, found.sorted))
  line("ours against the Map", ratio(found.ladder, found.map))
}

export const market = async ({ rounds }) => {
  await frames(rounds)
  await snapshots(rounds)
  await recorded(rounds)
  await updates(rounds)
  if (!Number.isFinite(sink)) throw new Error("nothing was read")
}
