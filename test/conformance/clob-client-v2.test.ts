/** The venue's official REST client, on the embedded exchange over real sockets and real time. */
import { NodeContext } from "@effect/platform-node"
import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { AssetType, ClobClient, OrderType, Side } from "@polymarket/clob-client-v2"
import { Clock, Effect } from "effect"
import { createWalletClient, http } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { polygon } from "viem/chains"
import { listenOnLoopback } from "../../src/paper-exchange/transport/loopback-server.ts"
import { KEYS, openRest, runningMarket } from "../paper-exchange/rest/fixture.ts"

const signerOf = (key: Buffer) =>
  createWalletClient({
    account: privateKeyToAccount(`0x${key.toString("hex")}`),
    chain: polygon,
    transport: http("http://127.0.0.1:1")
  })

/** The exchange on a free port, its market begun a minute ago. */
const served = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "tradewind-test-" })
  const nowMs = yield* Clock.currentTimeMillis
  // Early enough in a window that it does not end under the test.
  const startMs = Math.floor(nowMs / 300_000) * 300_000 - 300_000
  const exchange = yield* openRest(folder, { startMs, settings: { pageSize: 2 } })
  const { httpUrl } = yield* listenOnLoopback(
    { handle: exchange.handle, connect: () => Effect.succeed(undefined) },
    0
  )
  return { ...exchange, host: httpUrl }
})

const client = (host: string, key: Buffer) =>
  Effect.promise(async () => {
    const signer = signerOf(key)
    const creds = await new ClobClient({ host, chain: 137, signer }).createOrDeriveApiKey()
    return new ClobClient({ host, chain: 137, signer, creds, throwOnError: true })
  })

describe("@polymarket/clob-client-v2", () => {
  it.live(
    "trades – keys, limit and market orders, batches, cancels, paging, balances, books, prices, trades",
    () =>
      Effect.gen(function* () {
        const exchange = yield* served
        const alice = yield* client(exchange.host, KEYS[0]!)
        const again = yield* client(exchange.host, KEYS[0]!)
        expect(again.creds).toEqual(alice.creds)
        // The window after this one: nobody's clock ends it meanwhile.
        const { upTokenId: tokenID, conditionId } = yield* nextMarket(exchange)
        yield* Effect.promise(async () => {
          expect(await alice.getOk()).toBe("OK")
          expect(await alice.getVersion()).toBe(2)
          expect(await alice.getServerTime()).toBeGreaterThan(1_700_000_000)
          expect(await alice.getClosedOnlyMode()).toEqual({ closed_only: false })
          expect((await alice.getApiKeys()).apiKeys).toContain(alice.creds?.key)
          const book = await alice.getOrderBook(tokenID)
          const { hash } = book
          expect(await alice.getOrderBookHash(book)).toBe(hash)
          expect(await alice.getTickSize(tokenID)).toBe("0.01")
          expect(await alice.getNegRisk(tokenID)).toBe(false)
          expect((await alice.getClobMarketInfo(conditionId)).fd).toEqual({ r: 0.07, e: 1, to: true })
          const [bid, ask] = [book.bids.at(-1)!, book.asks.at(-1)!]
          expect((await alice.getPrice(tokenID, "BUY")).price).toBe(bid.price)
          expect((await alice.getPrice(tokenID, "SELL")).price).toBe(ask.price)
          expect(Number((await alice.getSpread(tokenID)).spread)).toBeCloseTo(
            Number(ask.price) - Number(bid.price)
          )

          const placed = await alice.createAndPostOrder(
            { tokenID, price: 0.01, size: 10, side: Side.BUY },
            undefined,
            OrderType.GTC,
            true
          )
          expect(placed).toMatchObject({ success: true, status: "live" })
          const more = await alice.postOrders(
            await Promise.all(
              [11, 12, 13].map(async (size) => ({
                order: await alice.createOrder({ tokenID, price: 0.01, size, side: Side.BUY }),
                orderType: OrderType.GTC
              }))
            )
          )
          expect(more.map(({ status }: { status: string }) => status)).toEqual(["live", "live", "live"])
          const open = await alice.getOpenOrders({ market: conditionId })
          expect(open.map((order) => order.original_size).toSorted()).toEqual(["10", "11", "12", "13"])
          expect(await alice.getOrder(placed.orderID)).toMatchObject({ price: "0.01", status: "LIVE" })
          expect(await alice.cancelOrder({ orderID: placed.orderID })).toEqual({
            canceled: [placed.orderID],
            not_canceled: {}
          })
          expect((await alice.cancelOrders([placed.orderID])).not_canceled).toHaveProperty(placed.orderID)
          expect((await alice.cancelAll()).canceled).toHaveLength(3)

          const bought = await alice.createAndPostMarketOrder(
            { tokenID, amount: 20, side: Side.BUY, price: 0.99 },
            undefined,
            OrderType.FAK
          )
          expect(bought).toMatchObject({ success: true, status: "matched" })
          expect(Number(bought.makingAmount)).toBeLessThanOrEqual(20)
          expect(bought.transactionsHashes?.length).toBeGreaterThan(0)
          const trades = await alice.getTrades({ market: conditionId })
          expect(trades.map(({ id }) => id).toSorted()).toEqual(bought.tradeIDs?.toSorted())
          const cash = await alice.getBalanceAllowance({ asset_type: AssetType.COLLATERAL })
          expect(Number(cash.balance)).toBeLessThanOrEqual(1_000_000_000)
        })
      }).pipe(Effect.scoped, Effect.provide(NodeContext.layer)),
    60_000
  )
})

const nextMarket = (exchange: Effect.Effect.Success<typeof served>) =>
  Effect.gen(function* () {
    const running = yield* runningMarket(exchange)
    return yield* exchange.keeper.now(
      (world) =>
        [...world.markets.values()].find(
          ({ interval, startMs }) => interval === "5m" && startMs === running.endMs
        ) ?? running
    )
  })
