/** How often the venue may be asked what (docs.polymarket.com/api-reference/rate-limits, /trading-rate-limits). */

/** A kind of request, by what it counts against. */
export type Endpoint =
  | "order"
  | "orders"
  | "cancel"
  | "cancelMany"
  | "cancelAll"
  | "cancelMarket"
  | "book"
  | "books"
  | "tickSize"
  | "ledger"
  | "openOrders"
  | "trades"
  | "balance"
  | "balanceUpdate"
  | "apiKey"
  | "clob"
  | "gammaEvents"
  | "gammaMarkets"
  | "positions"
  | "other"

/** A count that is shared by those that name it: so many at once, and so many more each second. */
export interface Limit {
  readonly perSecond: number
  readonly burst: number
}

/** At most `count` in any 10 seconds: half of it at once, and the other half as it comes. */
const inTenSeconds = (count: number): Limit => ({ perSecond: count / 20, burst: Math.floor(count / 2) })

/** The counts, by name. Those of the signer are the lowest tier's. */
export const LIMITS = {
  all: inTenSeconds(15_000),
  clob: inTenSeconds(9_000),
  signerOrders: { perSecond: 40, burst: 60 },
  signerCancels: { perSecond: 80, burst: 120 },
  order: inTenSeconds(2_000),
  orders: inTenSeconds(350),
  cancelMany: inTenSeconds(250),
  cancelAll: inTenSeconds(100),
  cancelMarket: inTenSeconds(350),
  book: inTenSeconds(1_500),
  books: inTenSeconds(500),
  tickSize: inTenSeconds(200),
  ledger: inTenSeconds(900),
  openOrders: inTenSeconds(500),
  trades: inTenSeconds(500),
  balance: inTenSeconds(200),
  balanceUpdate: inTenSeconds(50),
  apiKey: inTenSeconds(100),
  gamma: inTenSeconds(4_000),
  gammaEvents: inTenSeconds(500),
  gammaMarkets: inTenSeconds(300),
  positions: inTenSeconds(150)
} as const satisfies Readonly<Record<string, Limit>>
export type LimitName = keyof typeof LIMITS

const clob = (...names: ReadonlyArray<LimitName>): ReadonlyArray<LimitName> => ["all", "clob", ...names]

/** What each kind of request counts against. */
export const COUNTS: Readonly<Record<Endpoint, ReadonlyArray<LimitName>>> = {
  order: clob("signerOrders", "order"),
  orders: clob("signerOrders", "orders"),
  cancel: clob("signerCancels", "order"),
  cancelMany: clob("signerCancels", "cancelMany"),
  cancelAll: clob("signerCancels", "cancelAll"),
  cancelMarket: clob("signerCancels", "cancelMarket"),
  book: clob("book"),
  books: clob("books"),
  tickSize: clob("tickSize"),
  ledger: clob("ledger"),
  openOrders: clob("ledger", "openOrders"),
  trades: clob("ledger", "trades"),
  balance: clob("balance"),
  balanceUpdate: clob("balanceUpdate"),
  apiKey: clob("apiKey"),
  clob: clob(),
  gammaEvents: ["all", "gamma", "gammaEvents"],
  gammaMarkets: ["all", "gamma", "gammaMarkets"],
  positions: ["all", "positions"],
  other: ["all"]
}

/** Requests that close risk: they may use what is kept back from the others. */
export const URGENT: ReadonlySet<Endpoint> = new Set<Endpoint>([
  "cancel",
  "cancelMany",
  "cancelAll",
  "cancelMarket"
])
/** Part of every burst that only urgent requests may use. */
export const KEPT_FOR_URGENT = 0.2
