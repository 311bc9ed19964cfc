/** The official REST client and two sockets at work on an exchange: a few requests a second, of every kind a trader makes. */
import { AssetType, ClobClient, OrderType, Side } from "@polymarket/clob-client-v2"
import { setTimeout as sleep } from "node:timers/promises"
import { createWalletClient, http } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { polygon } from "viem/chains"
import { WebSocket } from "ws"

/** The second account of Hardhat and Anvil: a key that everybody knows. */
const KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
const WINDOW_S = 300
const PING_EVERY_MS = 10_000
/** Surprises that are kept; all are counted. */
const MAX_KEPT = 20

/**
 * Refusals that belong to trading while windows end and prices move. Anything else that is no success is a surprise.
 */
const USUAL = [
  /^no orders found to match with FAK order/,
  // The client's own word where a book has nothing on the side that is wanted.
  /^no match$/,
  /^No orderbook exists for the requested token id$/,
  /^the market is not yet ready to process new orders$/,
  /^invalid amount for a marketable BUY order/,
  /^not enough balance/
]

const isUsual = (text) => USUAL.some((known) => known.test(text))

export const makeTally = () => {
  const counts = new Map()
  const surprises = []
  const add = (name) => counts.set(name, (counts.get(name) ?? 0) + 1)
  return {
    counts,
    surprises,
    add,
    surprise: (text) => {
      add("surprises")
      if (surprises.length < MAX_KEPT) surprises.push(text)
    }
  }
}

/** What a client's answer says went wrong; undefined where nothing did. */
const wrongIn = (answer) => {
  if (typeof answer !== "object" || answer === null) return undefined
  return answer.error ?? (answer.success === false ? answer.errorMsg : undefined)
}

/** Asks, counts, and tells a surprise from what is usual; undefined where there is no good answer. */
const asking = (tally) => async (name, ask) => {
  try {
    const answer = await ask()
    const wrong = wrongIn(answer)
    if (wrong === undefined) {
      tally.add(name)
      return answer
    }
    const text = typeof wrong === "string" ? wrong : JSON.stringify(wrong)
    if (isUsual(text)) tally.add("usual refusals")
    else tally.surprise(`${name}: ${text} (${answer.status})`)
  } catch (error) {
    if (isUsual(error.message)) tally.add("usual refusals")
    else tally.surprise(`${name}: ${error.message}`)
  }
  return undefined
}

/**
 * A socket that must stay open, says what it is told, and counts what comes. The market channel closes with 1000 once all that was
 * asked for is resolved, which a load that is slower than the market's windows comes to.
 */
const listen = (url, name, first, tally) => {
  const socket = new WebSocket(url)
  let closing = false
  let closed = false
  socket.on("open", () => socket.send(JSON.stringify(first)))
  socket.on("message", (data) => tally.add(String(data) === "PONG" ? `${name} pongs` : `${name} frames`))
  socket.on("error", (error) => tally.surprise(`${name} socket: ${error.message}`))
  socket.on("close", (code) => {
    closed = true
    clearInterval(ping)
    if (closing) return
    if (name === "market" && code === 1000) tally.add("market sockets closed after their windows")
    else tally.surprise(`${name} socket closed with ${code}`)
  })
  const ping = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send("PING"), PING_EVERY_MS)
  return {
    isClosed: () => closed,
    say: (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message)),
    close: () => {
      closing = true
      clearInterval(ping)
      socket.close()
    }
  }
}

/** The window that runs now, by the exchange's own clock; a new one's tokens are listened to, and the old one's no more. */
const windows = ({ clob, gamma }, ask, onNew) => {
  let current
  return async () => {
    const nowS = await ask("time", async () => Number(await (await fetch(`${clob}/time`)).json()))
    const startS = Math.floor(nowS / WINDOW_S) * WINDOW_S
    if (current?.startS === startS || Number.isNaN(startS)) return current
    const market = await ask("gamma market", async () => {
      const answer = await fetch(`${gamma}/markets/slug/btc-updown-5m-${startS}`)
      return answer.ok ? answer.json() : { error: await answer.text(), status: answer.status }
    })
    if (market === undefined) return current
    const [up, down] = JSON.parse(market.clobTokenIds)
    const next = { startS, conditionId: market.conditionId, up, down }
    onNew(next, current)
    current = next
    return current
  }
}

const LOW = 0.02
const restingWish = (tokenID, size) => ({ tokenID, price: LOW, size, side: Side.BUY })

/** What a trader does, one after the other; each is some requests. */
const actions = (client, ask, tally) => [
  async ({ up }, round) => {
    const placed = await ask("limit order", () =>
      client.createAndPostOrder(restingWish(up, 5 + (round % 20)), undefined, OrderType.GTC)
    )
    if (placed?.orderID === undefined) return
    await ask("order", () => client.getOrder(placed.orderID))
    await ask("cancel", () => client.cancelOrder({ orderID: placed.orderID }))
  },
  ({ up }) => ask("book", () => client.getOrderBook(up)),
  ({ down, up }, round) =>
    ask("market buy", () =>
      client.createAndPostMarketOrder(
        { tokenID: round % 2 === 0 ? up : down, amount: 2, side: Side.BUY },
        undefined,
        OrderType.FAK
      )
    ),
  ({ down, up }) =>
    ask("books", () => client.getOrderBooks([up, down].map((token_id) => ({ token_id, side: Side.BUY })))),
  async ({ down, up }) => {
    const orders = await Promise.all(
      [up, down].map((tokenID) => client.createOrder(restingWish(tokenID, 6)))
    ).catch(() => [])
    if (orders.length === 0) return tally.add("usual refusals")
    const placed = await ask("batch of orders", () =>
      client.postOrders(orders.map((order) => ({ order, orderType: OrderType.GTC })))
    )
    const ids = (placed ?? []).map(({ orderID }) => orderID).filter((id) => id)
    if (ids.length > 0) await ask("cancel of a batch", () => client.cancelOrders(ids))
  },
  () => ask("open orders", () => client.getOpenOrders()),
  async ({ down, up }) => {
    for (const tokenID of [up, down]) {
      const held = await ask("balance", () =>
        client.getBalanceAllowance({ asset_type: AssetType.CONDITIONAL, token_id: tokenID })
      )
      const amount = Math.floor(Number(held?.balance ?? 0) / 10_000) / 100
      if (amount < 1) continue
      const wish = { tokenID, amount, side: Side.SELL }
      await ask("market sell", () => client.createAndPostMarketOrder(wish, undefined, OrderType.FAK))
    }
  },
  ({ conditionId }) => ask("trades", () => client.getTrades({ market: conditionId }, true)),
  ({ up }) => ask("midpoint", () => client.getMidpoint(up)),
  () => ask("cash", () => client.getBalanceAllowance({ asset_type: AssetType.COLLATERAL })),
  () => ask("cancel of all", () => client.cancelAll())
]

/** The official client says on the console what it also answers. */
const muteConsole = () => {
  // oxlint-disable-next-line no-console
  console.error = console.warn = console.log = () => undefined
}

const wallet = () =>
  createWalletClient({
    account: privateKeyToAccount(KEY),
    chain: polygon,
    transport: http("http://127.0.0.1:1")
  })

/** Trades until the moment is there; one action each `everyMs`, never two at a time. */
export const loadExchange = async (addresses, { everyMs, untilMs, tally }) => {
  muteConsole()
  const ask = asking(tally)
  const common = { host: addresses.clob, chain: 137, signer: wallet() }
  const creds = await new ClobClient(common).createOrDeriveApiKey()
  const client = new ClobClient({ ...common, creds })
  const { key: apiKey, passphrase, secret } = creds
  const auth = { apiKey, passphrase, secret }
  const user = listen(addresses.userSocket, "user", { auth, type: "user" }, tally)
  let market
  const window = windows(addresses, ask, (next, last) => {
    const assets_ids = [next.up, next.down]
    tally.add("windows")
    if (market === undefined || market.isClosed())
      market = listen(addresses.marketSocket, "market", { assets_ids, type: "market" }, tally)
    else {
      market.say({ operation: "subscribe", assets_ids })
      market.say({ operation: "unsubscribe", assets_ids: [last.up, last.down] })
    }
  })
  const all = actions(client, ask, tally)
  try {
    for (let round = 0; performance.now() < untilMs; round += 1) {
      const dueMs = performance.now() + everyMs
      const running = await window()
      if (running !== undefined) await all[round % all.length](running, Math.floor(round / all.length))
      await sleep(Math.max(0, dueMs - performance.now()))
    }
  } finally {
    user.close()
    market?.close()
  }
}
