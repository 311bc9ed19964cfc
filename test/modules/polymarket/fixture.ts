/** A venue in a few lines: every answer can be replaced, and what was asked is kept. */
import { Effect, FastCheck as fc, Layer, Schema } from "effect"
import type { Book } from "../../../src/domain/book.ts"
import { NO_FEES } from "../../../src/domain/fees.ts"
import { microShares, microUsd, priceTicks } from "../../../src/domain/money.ts"
import { Intent } from "../../../src/domain/order.ts"
import { plainAccount } from "../../../src/domain/signed-order.ts"
import { ConditionId, TokenId, WindowSlug } from "../../../src/domain/window.ts"
import { Settings, layerConfig } from "../../../src/modules/polymarket/polymarket.ts"
import { Exchange, ExchangeError, type ExchangeReason } from "../../../src/ports/exchange.ts"
import { Venue, type VenueMarket } from "../../../src/ports/venue.ts"

export const defaults = Schema.decodeSync(Settings)({})
export const upToken = TokenId.make(
  "71321045679252212594626385532706912750332728571942532289631379312455583992563"
)
export const downToken = TokenId.make("2")

export const startMs = 1_773_771_900_000
export const market: VenueMarket = {
  slug: WindowSlug.make("btc-updown-5m-1773771900"),
  asset: "BTC",
  interval: "5m",
  startMs,
  endMs: startMs + 300_000,
  conditionId: ConditionId.make(`0x${"a".repeat(64)}`),
  upTokenId: upToken,
  downTokenId: downToken,
  tickSizeTicks: priceTicks(100),
  minSizeMicroShares: microShares(5_000_000),
  fees: NO_FEES,
  settlementConfig: undefined,
  takerHoldMs: 0
}

export const intent: Intent = {
  slug: market.slug,
  asset: "BTC",
  conditionId: market.conditionId,
  tokenId: upToken,
  outcome: "Up",
  side: "BUY",
  orderType: "GTC",
  priceTicks: priceTicks(5_200),
  sizeMicroShares: microShares(10_000_000),
  postOnly: false,
  expiresAtMs: null,
  purpose: "entry",
  reason: "test",
  createdAtMs: startMs
}

/** Intents of every kind, price, size and token. */
export const anyIntent: fc.Arbitrary<Intent> = fc
  .record({
    side: fc.constantFrom("BUY" as const, "SELL" as const),
    orderType: fc.constantFrom("GTC" as const, "GTD" as const, "FOK" as const, "FAK" as const),
    priceTicks: fc.nat(10_000).map(priceTicks),
    sizeMicroShares: fc.nat(2_000_000_000).map(microShares),
    tokenId: fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }).map((id) => TokenId.make(String(id)))
  })
  .map((fields) => ({ ...intent, ...fields }))

export const bookAt = (eventTimeMs: number, bidTicks: number): Book => ({
  tokenId: upToken,
  bids: [{ priceTicks: priceTicks(bidTicks), sizeMicroShares: microShares(1_000_000) }],
  asks: [{ priceTicks: priceTicks(bidTicks + 100), sizeMicroShares: microShares(1_000_000) }],
  eventTimeMs,
  receivedAtMs: 0
})

export const failing = (reason: ExchangeReason, message = "the venue's words") =>
  new ExchangeError({ module: "venue", operation: "test", message, reason })

/** The venue's "there is none". */
export const nothing = Effect.sync(() => undefined)

/** Account 0 of the public hardhat test keys. */
export const ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

type VenueService = typeof Venue.Service

const quiet: VenueService = {
  account: ACCOUNT,
  orderAccount: plainAccount(ACCOUNT),
  follow: () => Effect.void,
  beat: Effect.void,
  market: () => Effect.succeed(market),
  priceToBeat: () => nothing,
  resolution: () => nothing,
  book: () => nothing,
  sign: ({ orderId }) => Effect.succeed(`signed ${orderId}`),
  place: ({ orderId, sizeMicroShares }) =>
    Effect.succeed({ orderId, status: "live", filledMicroShares: microShares(sizeMicroShares) }),
  cancel: (orderIds) => Effect.succeed({ cancelled: orderIds, notCancelled: new Map() }),
  takeUpdates: Effect.succeed([]),
  newsStreams: Effect.succeed(0),
  order: () => nothing,
  openOrders: Effect.succeed([]),
  trades: () => Effect.succeed([]),
  cashMicroUsd: Effect.succeed(microUsd(0)),
  balances: Effect.succeed([])
}

/** The exchange over a venue that answers so; the rest of its answers are empty. */
export const exchangeOver = (answers: Partial<VenueService>, settings: Partial<typeof Settings.Type> = {}) =>
  layerConfig({ ...defaults, ...settings }).pipe(
    Layer.provide(Layer.succeed(Venue, { ...quiet, ...answers }))
  )

/** Runs a body with that exchange. */
export const withExchange = <A, E>(
  answers: Partial<VenueService>,
  body: (exchange: typeof Exchange.Service) => Effect.Effect<A, E>
) => Effect.flatMap(Exchange, body).pipe(Effect.provide(exchangeOver(answers)))
