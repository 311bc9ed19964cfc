/**
 * An order's whole way against the official client's, both on one exchange in a process of its own: to the bytes on the socket,
 * and, with a journal, to the answer that is recorded. Both have what they journal on disk before they go on: the intent before it is sent, and the
 * answer.
 */
import { OrderType, Side } from "@polymarket/clob-client-v2"
import { Effect } from "effect"
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { startExchange } from "./support/exchange-process.mjs"
import { officialClient } from "./support/official-client.mjs"
import { lastWrite } from "./support/socket-watch.mjs"
import {
  threadSeconds,
  interleaved,
  line,
  mark,
  median,
  quantile,
  ratio,
  spread,
  title
} from "./support/stats.mjs"
import { startStack } from "./support/venue-stack.mjs"

/** Within the venue's budget of orders, which our client keeps to: 60 at once, and 40 more each second. */
const ORDERS = 40
const REFILL_MS = 1_100
/** About as long as an exchange takes to come up: a start on a busy machine may take some seconds more, and the clocks still agree. */
const START_TAKES_S = 2
/** Rounds before the first that counts: compiled code is another thing than cold. */
const WARM_UPS = 3
/** Far from the market, so that all of them rest. */
const CENTS = 1
const SHARES = 5

const openWindow = async ({ clob, gamma }) => {
  const nowS = Number(await (await fetch(`${clob}/time`)).json())
  const slug = `btc-updown-15m-${Math.floor(nowS / 900) * 900}`
  const market = await (await fetch(`${gamma}/markets/slug/${slug}`)).json()
  const [tokenId] = JSON.parse(market.clobTokenIds)
  return { slug, conditionId: market.conditionId, tokenId }
}

const intentOf = ({ conditionId, slug, tokenId }) => ({
  slug,
  asset: "BTC",
  conditionId,
  tokenId,
  outcome: "Up",
  side: "BUY",
  orderType: "GTC",
  priceTicks: CENTS * 100,
  sizeMicroShares: SHARES * 1_000_000,
  postOnly: false,
  expiresAtMs: null,
  purpose: "entry",
  reason: "an order of the measurement",
  createdAtMs: Date.now()
})

const wishOf = ({ tokenId }) => ({ tokenID: tokenId, price: CENTS / 100, size: SHARES, side: Side.BUY })
const OPTIONS = { tickSize: "0.01", negRisk: false }

/** Orders one after the other; each tells the id it was given. Afterwards, and unmeasured, all of them are cancelled. */
const measure = (placeOne, cancel) => async () => {
  await sleep(REFILL_MS)
  const [written, whole, ids] = [[], [], []]
  const beganCpu = threadSeconds()
  for (let done = 0; done < ORDERS; done++) {
    const began = performance.now()
    const { id, writtenMs } = await placeOne()
    whole.push((performance.now() - began) * 1_000)
    written.push((writtenMs - began) * 1_000)
    ids.push(id)
  }
  const cpu = ((threadSeconds() - beganCpu) * 1e6) / ORDERS
  await cancel(ids)
  return {
    writtenP50: median(written),
    writtenP99: quantile(written, 0.99),
    wholeP50: median(whole),
    wholeP99: quantile(whole, 0.99),
    cpu
  }
}

const accepted = (outcome) => {
  if (outcome._tag !== "Accepted") throw new Error(`not accepted: ${JSON.stringify(outcome)}`)
  return outcome.orderId
}
const acceptedByThem = (answer) => {
  if (answer.success !== true) throw new Error(`not accepted: ${JSON.stringify(answer)}`)
  return answer.orderID
}

/** Whoever sent it: when the last byte was handed to the kernel before the answer came. */
const ours = ({ exchange, orders, run }, window) => {
  const cancel = (ids) => run(exchange.cancel(ids))
  return {
    send: measure(async () => {
      const intent = intentOf(window)
      const outcome = await run(
        Effect.flatMap(exchange.identify(intent), (identity) => exchange.place(intent, identity))
      )
      return { id: accepted(outcome), writtenMs: lastWrite() }
    }, cancel),
    path: measure(async () => {
      const outcome = await run(orders.submit(intentOf(window)))
      return { id: accepted(outcome), writtenMs: lastWrite() }
    }, cancel)
  }
}

const theirs = (client, window, log) => {
  const cancel = (ids) => client.cancelOrders(ids)
  const plain = (_, value) => (typeof value === "bigint" ? String(value) : value)
  const write = (entry) => writeSync(log, `${JSON.stringify(entry, plain)}\n`)
  const send = async (order) => {
    const answer = await client.postOrder(order, OrderType.GTC)
    return { id: acceptedByThem(answer), writtenMs: lastWrite(), answer }
  }
  return {
    send: measure(async () => send(await client.createOrder(wishOf(window), OPTIONS)), cancel),
    path: measure(async () => {
      const order = await client.createOrder(wishOf(window), OPTIONS)
      write({ intent: order })
      fdatasyncSync(log)
      const sent = await send(order)
      write({ answer: sent.answer })
      fdatasyncSync(log)
      return sent
    }, cancel)
  }
}

const report = (name, rounds, names) => {
  for (const [what, text] of names) {
    line(
      `${name}: ${text}`,
      spread(
        rounds.map((round) => round[what]),
        "µs"
      )
    )
  }
}

export const orderPath = async ({ rounds }) => {
  const exchange = await startExchange([], {
    TRADEWIND_EXCHANGE__START_CASH_USD: "1000000.00",
    // Our client enters nothing at a venue whose clock is not ours, and the market's begins when the process is up.
    TRADEWIND_SIMULATOR__START_MS: `${Math.floor(Date.now() / 1_000) + START_TAKES_S}000`
  })
  const directory = mkdtempSync(join(tmpdir(), "tradewind-bench-"))
  const log = openSync(join(directory, "write-ahead.jsonl"), "a")
  const stack = await startStack(exchange.addresses)
  try {
    const window = await openWindow(exchange.addresses)
    const us = ours(stack, window)
    const them = theirs(await officialClient(exchange.addresses.clob), window, log)
    title(
      `the order path, an event is one limit order that comes to rest; ${rounds} rounds of ${ORDERS} in turn, one order after the other. The wall clock has the machine's other work in it; processor time is this thread's`
    )
    const found = await interleaved(
      rounds,
      {
        ourSend: us.send,
        theirSend: them.send,
        ourPath: us.path,
        theirPath: them.path
      },
      WARM_UPS
    )
    const of = (variant, what) => found[variant].map((round) => round[what])
    const sent = [
      ["writtenP50", "decision → bytes on the socket, p50"],
      ["writtenP99", "decision → bytes on the socket, p99"]
    ]
    const whole = [
      ["wholeP50", "decision → answer recorded, p50"],
      ["wholeP99", "decision → answer recorded, p99"],
      ["cpu", "processor time of one order"]
    ]
    report("ours", found.ourSend, sent)
    report("official", found.theirSend, sent)
    line("official against ours, p50", ratio(of("theirSend", "writtenP50"), of("ourSend", "writtenP50")))
    report("ours", found.ourPath, whole)
    report("official", found.theirPath, whole)
    line("official against ours, processor time", ratio(of("theirPath", "cpu"), of("ourPath", "cpu")))
    const times = of("theirPath", "wholeP50").map((value, round) => value / found.ourPath[round].wholeP50)
    const p50 = of("ourPath", "wholeP50")
    mark(
      "P7",
      median(p50) <= 800 && median(times) >= 3,
      `decision → answer recorded p50 ${spread(p50, "µs")} (mark: ≤ 800 µs), ${spread(times, "×")} faster than the official client's (mark: ≥ 3 ×)`
    )
  } finally {
    closeSync(log)
    rmSync(directory, { recursive: true, force: true })
    await stack.dispose()
    await exchange.stop()
  }
}
