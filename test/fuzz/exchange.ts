/** An exchange in-process with somebody who may ask it anything, and what it says when all is well. */
import { Clock, Effect, Redacted, type Scope } from "effect"
import { credentialsOf } from "../../src/paper-exchange/protocol/rest/credentials.ts"
import type { WireRequest, WireResponse, WireServer } from "../../src/paper-exchange/protocol/wire.ts"
import type { VenueMarket } from "../../src/ports/venue.ts"
import { clobAuthDigest, l1Headers } from "../../src/protocol/l1.ts"
import { l2Headers } from "../../src/protocol/l2.ts"
import { signOrder } from "../../src/protocol/order-signature.ts"
import { accountOf, signHex } from "../../src/protocol/signatures.ts"
import { orderBody, ordersBody } from "../../src/protocol/wire-order.ts"
import { orderDomain } from "../../src/protocol/contracts.ts"
import { ZERO_BYTES32 } from "../../src/domain/signed-order.ts"
import { quietMarket } from "../conformance/exchange.ts"
import {
  SEED,
  START_MS,
  type World,
  inWorld,
  marketAt,
  register,
  serve
} from "../paper-exchange/protocol/exchange.ts"
import { HARDHAT_KEY } from "../protocol/fixture.ts"

export const ADDRESS = accountOf(HARDHAT_KEY)
const account = ADDRESS.toLowerCase()
const { apiKey, passphrase, secret } = credentialsOf(SEED, account, "0")
export const credentials = { apiKey: Redacted.make(apiKey), passphrase, secret }
export const API_KEY = apiKey

/** A request before it is signed. */
export interface Ask {
  readonly method: string
  readonly path: string
  readonly query?: string
  readonly body?: string
  readonly by?: "key" | "wallet"
}

export interface Scene extends World {
  readonly server: WireServer
  readonly market: VenueMarket
  /** Signs and sends; the headers may be spoilt on their way. */
  readonly send: (
    ask: Ask,
    spoil?: (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>>
  ) => Effect.Effect<WireResponse>
}

const lowered = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const signed = (
  { body = "", by, method, path }: Ask,
  timestamp: string
): Readonly<Record<string, string>> => {
  if (by === undefined) return {}
  if (by === "key") return l2Headers(ADDRESS, credentials, { timestamp, method, path, body })
  const auth = { chainId: 137 as const, address: ADDRESS, timestamp, nonce: 0n }
  return l1Headers(auth, signHex(HARDHAT_KEY, clobAuthDigest(auth)))
}

const requestOf = (ask: Ask, headers: Readonly<Record<string, string>>): WireRequest => ({
  method: ask.method,
  path: ask.path,
  query: new URLSearchParams(ask.query ?? ""),
  headers: lowered(headers),
  body: ask.body ?? ""
})

/** Nobody waits for a hold here, for the clock stands still. */
export const inScene = <A>(use: (scene: Scene) => Effect.Effect<A, unknown, Scope.Scope>): Promise<A> =>
  inWorld(
    (world) =>
      Effect.gen(function* () {
        const server = yield* serve(world)
        yield* world.pass(1_000)
        yield* register(world.keeper, account)
        return yield* use({
          ...world,
          server,
          market: marketAt(world.keeper, START_MS),
          send: (ask, spoil = (headers) => headers) =>
            Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
              server.handle(requestOf(ask, spoil(signed(ask, String(Math.floor(nowMs / 1_000))))))
            )
        })
      }),
    quietMarket({ takerHoldMs: 0 })
  )

const orderOf = (tokenId: string, salt: number, cents: number, orderType: "GTC" | "FAK") => {
  const order = {
    salt: BigInt(salt),
    maker: ADDRESS,
    signer: ADDRESS,
    tokenId: BigInt(tokenId),
    makerAmount: BigInt(cents * 100_000),
    takerAmount: 10_000_000n,
    side: 0 as const,
    signatureType: 0 as const,
    timestamp: 1_788_220_800_000n,
    metadata: ZERO_BYTES32,
    builder: ZERO_BYTES32
  }
  const domain = orderDomain({ chainId: 137, exchange: "v2" })
  return {
    order,
    signature: signOrder(HARDHAT_KEY, domain, order),
    owner: apiKey,
    orderType,
    postOnly: false,
    deferExec: false,
    expirationS: 0
  }
}

/** An order that rests, and one that is matched at once. */
export const restingOrder = (tokenId: string, salt: number): string =>
  orderBody(orderOf(tokenId, salt, 1, "GTC"))
export const takingOrder = (tokenId: string, salt: number): string =>
  orderBody(orderOf(tokenId, salt, 50, "FAK"))

const ID = `0x${"ab".repeat(32)}`

/** One good request of every route. */
export const goodRequests = ({ conditionId, slug, upTokenId: token }: VenueMarket): ReadonlyArray<Ask> => {
  const get = (path: string, query = ""): Ask => ({ method: "GET", path, query })
  const mine = (path: string, query = ""): Ask => ({ method: "GET", path, query, by: "key" })
  const tell = (method: string, path: string, body: unknown): Ask => ({
    method,
    path,
    body: typeof body === "string" ? body : JSON.stringify(body),
    by: "key"
  })
  const one = `token_id=${token}`
  return [
    tell("POST", "/order", restingOrder(token, 1)),
    tell("POST", "/order", takingOrder(token, 2)),
    tell("POST", "/orders", ordersBody([orderOf(token, 3, 1, "GTC"), orderOf(token, 4, 2, "GTC")])),
    tell("DELETE", "/order", { orderID: ID }),
    tell("DELETE", "/orders", [ID, `0x${"cd".repeat(32)}`]),
    tell("DELETE", "/cancel-market-orders", { market: conditionId, asset_id: token }),
    tell("DELETE", "/cancel-all", ""),
    tell("POST", "/v1/heartbeats", { heartbeat_id: "" }),
    tell("POST", "/heartbeats", ""),
    tell("POST", "/orders-scoring", [ID]),
    tell("DELETE", "/notifications", ""),
    ...["/books", "/prices", "/midpoints", "/spreads", "/last-trades-prices"].map(
      (path): Ask => ({ method: "POST", path, body: JSON.stringify([{ token_id: token, side: "BUY" }]) })
    ),
    mine("/data/orders", `market=${conditionId}&next_cursor=MA==`),
    mine("/data/trades", `maker_address=${ADDRESS}&before=1900000000&after=1&next_cursor=MA==`),
    mine(`/data/order/${ID}`),
    mine("/balance-allowance", `asset_type=CONDITIONAL&token_id=${token}&signature_type=0`),
    mine("/balance-allowance/update", "asset_type=COLLATERAL&signature_type=3"),
    mine("/notifications", "signature_type=0"),
    mine("/order-scoring", `order_id=${ID}`),
    mine("/auth/api-keys"),
    mine("/auth/ban-status/closed-only"),
    { method: "POST", path: "/auth/api-key", by: "wallet" },
    { method: "GET", path: "/auth/derive-api-key", by: "wallet" },
    get("/ok"),
    get("/time"),
    get("/version"),
    get("/book", one),
    get("/price", `${one}&side=BUY`),
    get("/prices", `token_ids=${token},2&sides=BUY,SELL`),
    get("/midpoint", one),
    get("/spread", one),
    get("/last-trade-price", one),
    get("/tick-size", one),
    get(`/neg-risk/${token}`),
    get("/prices-history", `market=${token}&interval=1h&fidelity=1`),
    get("/markets", "next_cursor=MA=="),
    get(`/markets/${conditionId}`),
    get(`/clob-markets/${conditionId}`),
    get(`/markets-by-token/${token}`),
    get(`/gamma/markets/slug/${slug}`),
    get("/gamma/markets", `slug=${slug}&limit=5&offset=0`),
    get("/gamma/markets/keyset", "limit=5&closed=false"),
    get(`/gamma/events/slug/${slug}`),
    get("/gamma/events/keyset", "limit=5"),
    get("/data-api/positions", `user=${ADDRESS}&sizeThreshold=0&limit=5&offset=0`),
    get("/data-api/trades", `user=${ADDRESS}&limit=5`)
  ]
}

/** What clients say on each channel. */
export const goodFrames = ({
  conditionId,
  downTokenId,
  upTokenId
}: VenueMarket): Readonly<Record<string, ReadonlyArray<string>>> => {
  const auth = { apiKey, secret: Redacted.value(secret), passphrase: Redacted.value(passphrase) }
  const texts = (...messages: ReadonlyArray<unknown>) => messages.map((message) => JSON.stringify(message))
  return {
    "/ws/market": texts(
      { assets_ids: [upTokenId, downTokenId], type: "market", custom_feature_enabled: true, level: 2 },
      { operation: "unsubscribe", assets_ids: [downTokenId] },
      { operation: "subscribe", assets_ids: [downTokenId], custom_feature_enabled: false }
    ),
    "/ws/user": texts(
      { auth, type: "user", markets: [conditionId] },
      { operation: "unsubscribe", markets: [conditionId] },
      { operation: "subscribe", markets: [conditionId] }
    ),
    "/rtds": texts(
      { action: "subscribe", subscriptions: [{ topic: "crypto_prices", type: "*", filters: "btcusdt" }] },
      {
        action: "subscribe",
        subscriptions: [{ topic: "crypto_prices_chainlink", type: "*", filters: '{"symbol":"btc/usd"}' }]
      },
      { action: "unsubscribe", subscriptions: [{ topic: "crypto_prices", type: "*" }] }
    ),
    "/polybolt/ws": texts(
      { op: "auth", rid: "1", auth },
      {
        op: "subscribe",
        rid: "2",
        subscriptions: [{ channel: "price.crypto", filter: { symbol: "btcusd" } }]
      },
      { op: "ping" }
    )
  }
}
