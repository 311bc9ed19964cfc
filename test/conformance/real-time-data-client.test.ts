/** The venue's official client of reference prices, on the embedded exchange over real sockets. */
import { afterEach, beforeEach, describe, expect, it, vi } from "@effect/vitest"
import { ConnectionStatus, type Message, RealTimeDataClient } from "@polymarket/real-time-data-client"
import { type Served, onExchange } from "./exchange.ts"

type Subscription = Parameters<RealTimeDataClient["subscribe"]>[0]["subscriptions"][number]

interface Price {
  readonly symbol: string
  readonly timestamp: number
  readonly value: number
  readonly full_accuracy_value?: string
  readonly window_s?: number
}
const priceOf = ({ payload }: Message) => payload as Price

/** The client with its subscriptions, until the test is over; the market goes on second by second until it heard enough. */
const hearing = async (
  exchange: Served,
  subscriptions: ReadonlyArray<Subscription>,
  isEnough: (heard: ReadonlyArray<Message>) => boolean
): Promise<ReadonlyArray<Message>> => {
  const heard: Array<Message> = []
  let onDisconnect: () => void = () => undefined
  const disconnected = new Promise<void>((resolve) => (onDisconnect = resolve))
  const client = new RealTimeDataClient({
    host: `${exchange.sockets}/rtds`,
    onMessage: (_, message) => void heard.push(message),
    onStatusChange: (status) => status === ConnectionStatus.DISCONNECTED && onDisconnect(),
    onConnect: (connected) => connected.subscribe({ subscriptions: [...subscriptions] })
  })
  client.connect()
  try {
    await vi.waitFor(
      async () => {
        await exchange.pass(1_000)
        expect(isEnough(heard)).toBe(true)
      },
      { timeout: 30_000, interval: 1 }
    )
  } finally {
    client.disconnect()
    await disconnected
  }
  return heard
}

const updates = (heard: ReadonlyArray<Message>, topic: string) =>
  heard.filter((message) => message.topic === topic && message.type === "update")

// It says what it does on the console.
beforeEach(() => {
  for (const method of ["log", "warn", "error"] as const)
    vi.spyOn(console, method).mockImplementation(() => undefined)
})
afterEach(() => vi.restoreAllMocks())

describe("@polymarket/real-time-data-client", () => {
  it.each([
    ["crypto_prices", "btcusdt", "btcusdt"],
    ["crypto_prices_chainlink", '{"symbol":"btc/usd"}', "btc/usd"]
  ])("%s – a list of the last minute first, then a price every second", (topic, filters, symbol) =>
    onExchange(async (exchange) => {
      const heard = await hearing(
        exchange,
        [{ topic, type: "*", filters }],
        (messages) => updates(messages, topic).length >= 5
      )
      const [first] = heard
      expect(first).toMatchObject({ type: "subscribe", payload: { symbol } })
      const { data: list } = (first?.payload ?? { data: [] }) as { readonly data: ReadonlyArray<Price> }
      expect(list.length).toBeGreaterThan(0)
      const prices = updates(heard, topic).map(priceOf)
      const stamps = [...list, ...prices].map(({ timestamp }) => timestamp)
      expect(stamps).toEqual([...new Set(stamps)].toSorted((a, b) => a - b))
      for (const price of prices) {
        expect(price.symbol).toBe(symbol)
        expect(price.timestamp % 1_000).toBe(0)
        expect(price.value).toBeGreaterThan(0)
      }
      for (const { connection_id, timestamp } of heard) {
        expect(connection_id).toMatch(/./)
        expect(timestamp).toBeGreaterThan(exchange.market.startMs)
      }
    })
  )

  it.each([
    ["crypto_prices_twap_thirty", 30],
    ["crypto_prices_twap_sixty", 60]
  ])("%s – the average of so many seconds, without a list", (topic, seconds) =>
    onExchange(async (exchange) => {
      await exchange.pass(60_000)
      const heard = await hearing(
        exchange,
        [{ topic, type: "update", filters: '{"symbol":"btc/usd"}' }],
        (messages) => updates(messages, topic).length >= 3
      )
      expect(heard.every(({ type }) => type === "update")).toBe(true)
      for (const { full_accuracy_value = "", symbol, value, window_s } of heard.map(priceOf)) {
        expect({ symbol, window_s }).toEqual({ symbol: "btc/usd", window_s: seconds })
        expect(Number(BigInt(full_accuracy_value) / 10n ** 10n) / 1e8).toBeCloseTo(value, 6)
      }
    })
  )

  it("all topics at once, without filters – all of them deliver", () =>
    onExchange(async (exchange) => {
      const topics = [
        "crypto_prices",
        "crypto_prices_chainlink",
        "crypto_prices_twap_thirty",
        "crypto_prices_twap_sixty"
      ]
      await exchange.pass(60_000)
      const heard = await hearing(
        exchange,
        topics.map((topic) => ({ topic, type: "update" })),
        (messages) => topics.every((topic) => updates(messages, topic).length > 0)
      )
      expect(new Set(heard.map(({ topic }) => topic))).toEqual(new Set(topics))
    }))

  it("unsubscribed – nothing more comes", () =>
    onExchange(async (exchange) => {
      const heard: Array<Message> = []
      let connected: (client: RealTimeDataClient) => void = () => undefined
      const open = new Promise<RealTimeDataClient>((resolve) => (connected = resolve))
      let gone: () => void = () => undefined
      const closed = new Promise<void>((resolve) => (gone = resolve))
      const chainlink = [{ topic: "crypto_prices_chainlink", type: "*" }]
      const binance = [{ topic: "crypto_prices", type: "*", filters: "btcusdt" }]
      new RealTimeDataClient({
        host: `${exchange.sockets}/rtds`,
        onMessage: (_, message) => void heard.push(message),
        onStatusChange: (status) => status === ConnectionStatus.DISCONNECTED && gone(),
        onConnect: connected
      }).connect()
      const client = await open
      const next = (topic: string) => {
        const before = updates(heard, topic).length
        return vi.waitFor(
          async () => {
            await exchange.pass(1_000)
            expect(updates(heard, topic).length).toBeGreaterThan(before)
          },
          { timeout: 30_000, interval: 1 }
        )
      }
      try {
        client.subscribe({ subscriptions: chainlink })
        await next("crypto_prices_chainlink")
        client.unsubscribe({ subscriptions: chainlink })
        client.subscribe({ subscriptions: binance })
        // What is heard of the second topic was sent after the first was left.
        await next("crypto_prices")
        const before = updates(heard, "crypto_prices_chainlink").length
        await next("crypto_prices")
        await next("crypto_prices")
        expect(updates(heard, "crypto_prices_chainlink").length).toBe(before)
      } finally {
        client.disconnect()
        await closed
      }
    }))
})
