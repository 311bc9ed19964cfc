/** The exchange's REST side over a simulated market, and traders who sign what they send. */
import { Clock, Duration, Effect, Either, Redacted, Schema, TestClock } from "effect"
import { credentialsFrom } from "../../../src/paper-exchange/protocol/rest/credentials.ts"
import { FAIR_WEATHER, type VenueConditions } from "../../../src/paper-exchange/protocol/rest/conditions.ts"
import {
  DEFAULT_REST_SETTINGS,
  type RestSettings
} from "../../../src/paper-exchange/protocol/rest/options.ts"
import { makeRest } from "../../../src/paper-exchange/protocol/rest/rest.ts"
import type { WireResponse } from "../../../src/paper-exchange/protocol/wire.ts"
import { makeSimulatedMarket } from "../../../src/paper-exchange/simulator/simulated-market.ts"
import { SimulatorSettings } from "../../../src/paper-exchange/simulator/settings.ts"
import type { MarketEvent, MarketSource } from "../../../src/paper-exchange/market-source.ts"
import { openKeeper } from "../../../src/paper-exchange/world/keeper.ts"
import { ExchangeSettings } from "../../../src/paper-exchange/world/settings.ts"
import type { OrderType } from "../../../src/domain/order.ts"
import { type OrderStruct, type SignatureType, ZERO_BYTES32 } from "../../../src/domain/signed-order.ts"
import type { VenueMarket } from "../../../src/ports/venue.ts"
import { orderDomain } from "../../../src/protocol/contracts.ts"
import { clobAuthDigest, l1Headers } from "../../../src/protocol/l1.ts"
import { l2Headers } from "../../../src/protocol/l2.ts"
import { orderIdOf } from "../../../src/protocol/order-hash.ts"
import { signOrder } from "../../../src/protocol/order-signature.ts"
import { accountOf, signHex } from "../../../src/protocol/signatures.ts"
import { orderBody } from "../../../src/protocol/wire-order.ts"
import { START_MS, inFolder } from "../world/fixture.ts"

export const DOMAIN = orderDomain({ chainId: 137, exchange: "v2" })
export const SEED = "rest tests"

/** Keys 0 and 1 of Hardhat and Anvil: everybody knows them. */
export const KEYS: readonly [Buffer, Buffer] = [
  Buffer.from("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", "hex"),
  Buffer.from("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d", "hex")
]

export interface RestOptions {
  readonly startMs?: number
  readonly settings?: Partial<RestSettings>
  readonly conditions?: Partial<VenueConditions>
  readonly simulator?: Partial<typeof SimulatorSettings.Encoded>
  readonly exchange?: Partial<typeof ExchangeSettings.Encoded>
  /** Instead of the simulated market. */
  readonly source?: MarketSource
}

/** A market that does what it is told when it is told. */
export const scriptedMarket = (startMs: number, events: ReadonlyArray<MarketEvent>): MarketSource => {
  const left = [...events]
  return {
    startMs,
    nextAtMs: () => left[0]?.atMs,
    take: () => left.splice(0, 1),
    save: () => null
  }
}

/** Opens the exchange in a folder until the scope ends. */
export const openRest = (stateDir: string, options: RestOptions = {}) =>
  Effect.gen(function* () {
    const simulator = Schema.decodeUnknownSync(SimulatorSettings)({
      ...(options.startMs === undefined ? {} : { startMs: options.startMs }),
      ...options.simulator
    })
    const exchange = Schema.decodeUnknownSync(ExchangeSettings)(options.exchange ?? {})
    const keeper = yield* openKeeper({
      settings: exchange,
      account: "0x0000000000000000000000000000000000000001",
      stateDir,
      source: (saved) =>
        Either.try({
          try: () => options.source ?? makeSimulatedMarket(simulator, 7, saved),
          catch: (error) => String(error)
        })
    })
    const settings: RestSettings = {
      ...DEFAULT_REST_SETTINGS,
      startCashUsd: exchange.startCashUsd,
      credentials: credentialsFrom(SEED),
      ...options.settings
    }
    const handle = makeRest(keeper, settings, { ...FAIR_WEATHER, ...options.conditions })
    return { keeper, handle, settings, simulator }
  })

export type OpenRest = Effect.Effect.Success<ReturnType<typeof openRest>>

export interface Answer {
  readonly status: number
  readonly headers: WireResponse["headers"]
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of any shape: each test says what it must be
  readonly body: any
}

const answerOf = ({ body, headers, status }: WireResponse): Answer => ({
  status,
  headers,
  body: body === "" ? "" : JSON.parse(body)
})

/** Asks for a path with its query, as anybody may. */
export const ask = (
  { handle }: Pick<OpenRest, "handle">,
  method: string,
  target: string,
  more: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {}
): Effect.Effect<Answer> => {
  const [path = "", query = ""] = target.split("?")
  const headers = Object.fromEntries(
    Object.entries(more.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
  )
  return Effect.map(
    handle({ method, path, query: new URLSearchParams(query), headers, body: more.body ?? "" }),
    answerOf
  )
}

const secondsNow = Effect.map(Clock.currentTimeMillis, (nowMs) => String(Math.floor(nowMs / 1_000)))

export interface OrderWish {
  readonly tokenId: string
  readonly side?: "BUY" | "SELL"
  readonly makerAmount: number
  readonly takerAmount: number
  readonly orderType?: OrderType
  readonly postOnly?: boolean
  readonly deferExec?: boolean
  readonly expirationS?: number
  readonly signatureType?: SignatureType
  readonly maker?: `0x${string}`
  readonly signer?: `0x${string}`
  readonly owner?: string
  readonly salt?: number
}

let salts = 0

/** Somebody with a wallet, who signs requests and orders. */
export const traderOf = (exchange: OpenRest, key: Buffer, nonce = 0n) => {
  const address = accountOf(key)
  const { apiKey, passphrase, secret } = exchange.settings.credentials(address.toLowerCase(), String(nonce))
  const credentials = {
    apiKey: Redacted.make(apiKey),
    secret,
    passphrase
  }
  const byWallet = (method: string, path: string) =>
    Effect.flatMap(secondsNow, (timestamp) => {
      const auth = { chainId: 137 as const, address, timestamp, nonce }
      return ask(exchange, method, path, { headers: l1Headers(auth, signHex(key, clobAuthDigest(auth))) })
    })
  const send = (method: string, target: string, body = "") =>
    Effect.flatMap(secondsNow, (timestamp) => {
      const path = target.split("?")[0] ?? ""
      const headers = l2Headers(address, credentials, { timestamp, method, path, body })
      return ask(exchange, method, target, { body, headers })
    })
  const sign = (wish: OrderWish) => {
    const order: OrderStruct = {
      salt: BigInt(wish.salt ?? ++salts),
      maker: wish.maker ?? address,
      signer: wish.signer ?? address,
      tokenId: BigInt(wish.tokenId),
      makerAmount: BigInt(wish.makerAmount),
      takerAmount: BigInt(wish.takerAmount),
      side: wish.side === "SELL" ? 1 : 0,
      signatureType: wish.signatureType ?? 0,
      timestamp: 1_788_220_800_000n,
      metadata: ZERO_BYTES32,
      builder: ZERO_BYTES32
    }
    return {
      orderId: orderIdOf(DOMAIN, order),
      body: orderBody({
        order,
        signature: signOrder(key, DOMAIN, order),
        owner: wish.owner ?? apiKey,
        orderType: wish.orderType ?? "GTC",
        postOnly: wish.postOnly ?? false,
        deferExec: wish.deferExec ?? false,
        expirationS: wish.expirationS ?? 0
      })
    }
  }
  return {
    address,
    account: address.toLowerCase(),
    apiKey,
    createKey: byWallet("POST", "/auth/api-key"),
    deriveKey: byWallet("GET", "/auth/derive-api-key"),
    send,
    sign,
    /** Signs and posts an order for so many shares at a price, both exact. */
    post: (wish: OrderWish) => {
      const { body, orderId } = sign(wish)
      return Effect.map(send("POST", "/order", body), (answer) => ({ ...answer, orderId }))
    }
  }
}

export type Trader = ReturnType<typeof traderOf>

const MICROS = 1_000_000

/** Amounts of a limit order in cents and hundredths of a share. */
export const limit = (
  tokenId: string,
  cents: number,
  shares: number,
  more: Partial<OrderWish> = {}
): OrderWish => {
  const usd = Math.round(cents * shares * 10_000)
  const size = Math.round(shares * MICROS)
  return more.side === "SELL"
    ? { tokenId, makerAmount: size, takerAmount: usd, ...more }
    : { tokenId, makerAmount: usd, takerAmount: size, ...more }
}

/** The running 5-minute window. */
export const runningMarket = ({ keeper }: OpenRest): Effect.Effect<VenueMarket> =>
  Effect.orDie(
    keeper.now((world, nowMs) => {
      const found = [...world.markets.values()].find(
        (market) => market.interval === "5m" && market.startMs <= nowMs && nowMs < market.endMs
      )
      if (found === undefined) throw new Error("no window is running")
      return found
    })
  )

/** An exchange in a folder of its own, 20 seconds into its first window. */
export const withExchange = <A, E>(
  use: (exchange: OpenRest) => Effect.Effect<A, E>,
  options: RestOptions = {}
) =>
  inFolder((folder) =>
    Effect.scoped(
      Effect.gen(function* () {
        yield* TestClock.setTime(START_MS + 20_000)
        return yield* use(yield* openRest(folder, options))
      })
    )
  )

/** Takers are not held. */
export const NOBODY_IS_HELD: RestOptions = { simulator: { takerHoldMs: 0 } }

export const pass = (ms: number): Effect.Effect<void> => TestClock.adjust(Duration.millis(ms))

/** A trader with a key, and the running window. */
export const opened = (exchange: OpenRest, key = KEYS[0]) =>
  Effect.gen(function* () {
    const trader = traderOf(exchange, key)
    yield* trader.createKey
    return { trader, market: yield* runningMarket(exchange) }
  })
