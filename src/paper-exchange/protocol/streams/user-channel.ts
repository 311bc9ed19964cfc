/** The user channel (polymarket.md §5.2): an account's orders and trades as they move on. */
import { Either, Schema } from "effect"
import type { AccountUpdate, VenueOrder, VenueTrade } from "../../../ports/exchange.ts"
import type { OrderRecord } from "../../engine/state.ts"
import type { WorldEvent } from "../../world/hub.ts"
import type { World } from "../../world/world.ts"
import { orderJson } from "../shapes/order.ts"
import { orderRecordOf, seconds, tradeJson } from "../shapes/trade.ts"
import type { Outbox } from "./outbox.ts"
import { type Channel, PING, PONG, type Session, parseFrame } from "./session.ts"

/** An API key with its secrets, as a client presents it. */
export const Credentials = Schema.Struct({
  apiKey: Schema.String,
  secret: Schema.String,
  passphrase: Schema.String
})

/** The address whose key this is; undefined where the credentials are not right. */
export type Authenticate = (credentials: typeof Credentials.Type) => string | undefined

const Markets = Schema.optional(Schema.Array(Schema.String))
const decodeBegin = Schema.decodeUnknownEither(
  Schema.Struct({ auth: Credentials, type: Schema.Literal("user", "User", "USER"), markets: Markets })
)
const decodeChange = Schema.decodeUnknownEither(
  Schema.Struct({
    operation: Schema.Literal("subscribe", "unsubscribe"),
    markets: Schema.Array(Schema.String)
  })
)

/** More markets on one connection than this close it. */
const MAX_MARKETS = 10_000
const NORMAL_CLOSURE = 1000
const POLICY_VIOLATION = 1008

class UserSession implements Session {
  readonly outbox: Outbox
  private readonly authenticate: Authenticate
  private readonly left: () => void
  private markets: Set<string> | undefined
  address: string | undefined

  constructor(outbox: Outbox, authenticate: Authenticate, left: () => void) {
    this.outbox = outbox
    this.authenticate = authenticate
    this.left = left
  }

  hear(frame: string): void {
    if (frame === PING) return this.outbox.text(PONG)
    const json = Either.getOrUndefined(parseFrame(frame))
    if (this.address === undefined) return this.begin(json)
    const change = Either.getOrUndefined(decodeChange(json))
    if (change === undefined) return
    if (change.operation === "subscribe") {
      this.markets ??= new Set()
      for (const market of change.markets) this.markets.add(market)
      if (this.markets.size > MAX_MARKETS) this.outbox.close(POLICY_VIOLATION, "too many markets")
    } else for (const market of change.markets) this.markets?.delete(market)
  }

  end(): void {
    this.left()
  }

  wants(conditionId: string): boolean {
    return this.markets === undefined || this.markets.has(conditionId)
  }

  /** Whoever does not begin with good credentials is sent away without a word. */
  private begin(json: unknown): void {
    const asked = Either.getOrUndefined(decodeBegin(json))
    this.address = asked && this.authenticate(asked.auth)
    if (asked === undefined || this.address === undefined) return this.outbox.close(NORMAL_CLOSURE)
    if (asked.markets !== undefined && asked.markets.length > 0) this.markets = new Set(asked.markets)
  }
}

export class UserChannel implements Channel {
  private readonly sessions = new Set<UserSession>()
  private readonly world: World
  private readonly authenticate: Authenticate
  private readonly isHushed: (tradeId: string) => boolean

  constructor(world: World, authenticate: Authenticate, isHushed: (tradeId: string) => boolean) {
    this.world = world
    this.authenticate = authenticate
    this.isHushed = isHushed
  }

  open(outbox: Outbox): Session {
    const session = new UserSession(outbox, this.authenticate, () => this.sessions.delete(session))
    this.sessions.add(session)
    return session
  }

  notice(event: WorldEvent): void {
    if (event._tag !== "Account" || this.sessions.size === 0) return
    const owner = this.world.registry.wallet(event.account)?.owner
    const sessions = [...this.sessions].filter(
      ({ address }) => address !== undefined && (address === event.account || address === owner)
    )
    if (sessions.length === 0) return
    const message = this.messageOf(event.update)
    if (message === undefined) return
    for (const session of sessions) if (session.wants(message.market)) session.outbox.json(message)
  }

  private messageOf(update: AccountUpdate) {
    if (update._tag === "TradeUpdate") return this.tradeMessage(update.trade, update.atMs)
    const order = orderRecordOf(this.world.engine, update.order.orderId)
    return order && this.orderMessage(order, update.order, update.atMs)
  }

  /** The trade may have moved on since: what is told is the step the news is about. */
  private tradeMessage({ conditionId, role, status, tradeId }: VenueTrade, atMs: number) {
    if (status !== "matched" && this.isHushed(tradeId)) return undefined
    const record = this.world.engine.state.markets.get(conditionId)
    const trade = record?.trades.get(tradeId)
    const json = record && trade && tradeJson(this.world.engine, record, { ...trade, status }, role)
    return (
      json && {
        ...json,
        trade_owner: json.owner,
        type: "TRADE" as const,
        timestamp: String(atMs),
        event_type: "trade" as const
      }
    )
  }

  private orderMessage(order: OrderRecord, { filledMicroShares }: VenueOrder, atMs: number) {
    return {
      ...orderJson({ ...order, filledMicroShares }),
      order_owner: order.owner,
      created_at: seconds(order.createdAtMs),
      type: this.typeOf(order),
      timestamp: String(atMs),
      event_type: "order" as const
    }
  }

  /** An order is new until it rested and somebody traded with it, or until it is over. */
  private typeOf(order: OrderRecord): "PLACEMENT" | "UPDATE" | "CANCELLATION" {
    if (order.status === "cancelled") return "CANCELLATION"
    const trades = this.world.engine.state.markets.get(order.conditionId)?.trades
    const last = trades?.get(order.tradeIds.at(-1) ?? "")
    const row = last?.rows.find(({ orderId }) => orderId === order.orderId)
    return row?.role === "maker" ? "UPDATE" : "PLACEMENT"
  }
}
