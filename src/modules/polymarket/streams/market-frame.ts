/** Frames of the market channel, read. Books and price changes come by the thousand and are read by hand; the rest by Schema. */
import { Either } from "effect"
import type { Level } from "../../../domain/book.ts"
import { type MicroShares, type PriceTicks, TICKS_PER_USD } from "../../../domain/money.ts"
import { type LastTrade, RARE_EVENTS, type RareEvent } from "../wire/events.ts"
import { type WireFault, decodeJson, parseJson } from "../wire/json.ts"
import { NO_NUMBER, scaledOf } from "../wire/numbers.ts"
import { scanChanges } from "./change-scan.ts"

/** One changed level; the size is all that rests there now. */
export interface Change {
  readonly tokenId: string
  readonly side: "bids" | "asks"
  readonly priceTicks: number
  readonly sizeMicroShares: number
  /** The best prices the venue says there are after it; −1 where it does not say. */
  readonly bestBidTicks: number
  readonly bestAskTicks: number
}

export type MarketEvent =
  | {
      readonly kind: "book"
      readonly tokenId: string
      readonly stampMs: number
      readonly bids: ReadonlyArray<Level>
      readonly asks: ReadonlyArray<Level>
      /** Undefined where the venue does not tell it. */
      readonly tickSizeTicks: PriceTicks | undefined
    }
  | { readonly kind: "price_change"; readonly stampMs: number; readonly changes: ReadonlyArray<Change> }
  | {
      readonly kind: "tick_size_change"
      readonly tokenId: string
      readonly stampMs: number
      readonly tickSizeTicks: PriceTicks
    }
  | { readonly kind: "last_trade_price"; readonly trade: LastTrade }
  | { readonly kind: Exclude<RareEvent, "tick_size_change" | "last_trade_price"> }
  | Bad

/** Why an event was not taken. */
export type BadReason = "too-large" | "not-json" | "not-an-event" | "unknown-event" | "bad-field" | "crossed"

export interface Bad {
  readonly kind: "bad"
  readonly reason: BadReason
  /** Names the field. */
  readonly message: string
  /** The instrument it is about, where that can be told: its book is not sure any more. */
  readonly tokenId: string | undefined
}

/** More levels than there are prices is no book. */
const MAX_LEVELS = TICKS_PER_USD + 1
/** Changes in one event. */
const MAX_CHANGES = 2_000
/** Events in one frame: the first dump has one for each instrument. */
const MAX_EVENTS = 2_000

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const bad = (reason: BadReason, message: string, tokenId?: unknown): Bad => ({
  kind: "bad",
  reason,
  message,
  tokenId: typeof tokenId === "string" ? tokenId : undefined
})

/** A stamp in milliseconds, text or number; −1 where there is none. */
const stampOf = (value: unknown): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : scaledOf(value, 0)

/** A price an order can have: above $0 and below $1. */
const orderPrice = (value: unknown): number => {
  const ticks = scaledOf(value, 4)
  return ticks > 0 && ticks < TICKS_PER_USD ? ticks : NO_NUMBER
}

const levelsOf = (value: unknown): ReadonlyArray<Level> | string => {
  if (!Array.isArray(value)) return "no list"
  if (value.length > MAX_LEVELS) return `${value.length} levels`
  const levels: Array<Level> = []
  for (let index = 0; index < value.length; index += 1) {
    const level: unknown = value[index]
    if (!isFields(level)) return `${index}: no level`
    const price = orderPrice(level["price"])
    if (price === NO_NUMBER) return `${index}.price`
    const size = scaledOf(level["size"], 6)
    if (size === NO_NUMBER) return `${index}.size`
    levels.push({ priceTicks: price as PriceTicks, sizeMicroShares: size as MicroShares })
  }
  return levels
}

const bestOf = (levels: ReadonlyArray<Level>, better: (a: number, b: number) => boolean): number => {
  let best = NO_NUMBER
  for (const { priceTicks, sizeMicroShares } of levels) {
    if (sizeMicroShares > 0 && (best === NO_NUMBER || better(priceTicks, best))) best = priceTicks
  }
  return best
}

/** A snapshot that crosses itself is none: no order of the venue could rest so. */
const isCrossed = (bids: ReadonlyArray<Level>, asks: ReadonlyArray<Level>): boolean => {
  const bid = bestOf(bids, (a, b) => a > b)
  const ask = bestOf(asks, (a, b) => a < b)
  return bid !== NO_NUMBER && ask !== NO_NUMBER && bid >= ask
}

/** A tick size, as far as it is told; −1 where it is none. */
const tickSizeOf = (value: unknown): PriceTicks | typeof NO_NUMBER | undefined => {
  if (value === undefined || value === null || value === "") return undefined
  const tick = orderPrice(value)
  return tick === NO_NUMBER ? NO_NUMBER : (tick as PriceTicks)
}

const bookEvent = (event: Fields): MarketEvent => {
  const tokenId = event["asset_id"]
  if (typeof tokenId !== "string" || tokenId === "") return bad("bad-field", "asset_id")
  const stampMs = stampOf(event["timestamp"])
  if (stampMs === NO_NUMBER) return bad("bad-field", "timestamp", tokenId)
  const bids = levelsOf(event["bids"])
  if (typeof bids === "string") return bad("bad-field", `bids.${bids}`, tokenId)
  const asks = levelsOf(event["asks"])
  if (typeof asks === "string") return bad("bad-field", `asks.${asks}`, tokenId)
  if (isCrossed(bids, asks)) return bad("crossed", "the snapshot crosses itself", tokenId)
  const tick = tickSizeOf(event["tick_size"])
  if (tick === NO_NUMBER) return bad("bad-field", "tick_size", tokenId)
  return { kind: "book", tokenId, stampMs, bids, asks, tickSizeTicks: tick }
}

const changeOf = (value: unknown, index: number): Change | Bad => {
  if (!isFields(value)) return bad("bad-field", `price_changes.${index}`)
  const tokenId = value["asset_id"]
  if (typeof tokenId !== "string" || tokenId === "")
    return bad("bad-field", `price_changes.${index}.asset_id`)
  const side = value["side"]
  if (side !== "BUY" && side !== "SELL") return bad("bad-field", `price_changes.${index}.side`, tokenId)
  const priceTicks = orderPrice(value["price"])
  if (priceTicks === NO_NUMBER) return bad("bad-field", `price_changes.${index}.price`, tokenId)
  const sizeMicroShares = scaledOf(value["size"], 6)
  if (sizeMicroShares === NO_NUMBER) return bad("bad-field", `price_changes.${index}.size`, tokenId)
  return {
    tokenId,
    side: side === "BUY" ? "bids" : "asks",
    priceTicks,
    sizeMicroShares,
    bestBidTicks: scaledOf(value["best_bid"], 4),
    bestAskTicks: scaledOf(value["best_ask"], 4)
  }
}

/** The older form has one instrument for all of its changes. */
const changesOf = (event: Fields): ReadonlyArray<unknown> | undefined => {
  const current = event["price_changes"]
  if (Array.isArray(current)) return current as ReadonlyArray<unknown>
  const older = event["changes"]
  return Array.isArray(older)
    ? older.map((change: unknown) => (isFields(change) ? { asset_id: event["asset_id"], ...change } : change))
    : undefined
}

const changeEvent = (event: Fields): MarketEvent => {
  const listed = changesOf(event)
  if (listed === undefined) return bad("bad-field", "price_changes", event["asset_id"])
  if (listed.length > MAX_CHANGES) return bad("too-large", `${listed.length} price changes`)
  const stampMs = stampOf(event["timestamp"])
  const changes: Array<Change> = []
  for (let index = 0; index < listed.length; index += 1) {
    const change = changeOf(listed[index], index)
    if ("kind" in change) return change
    changes.push(change)
  }
  if (stampMs === NO_NUMBER) return bad("bad-field", "timestamp", changes[0]?.tokenId)
  return { kind: "price_change", stampMs, changes }
}

const readLastTrade = decodeJson(RARE_EVENTS.last_trade_price)
/** Those of which nothing but their coming is of interest. */
const rareReaders: Readonly<
  Record<
    Exclude<RareEvent, "tick_size_change" | "last_trade_price">,
    (event: unknown) => Either.Either<unknown, WireFault>
  >
> = {
  best_bid_ask: decodeJson(RARE_EVENTS.best_bid_ask),
  new_market: decodeJson(RARE_EVENTS.new_market),
  market_resolved: decodeJson(RARE_EVENTS.market_resolved)
}
const readTickSize = decodeJson(RARE_EVENTS.tick_size_change)

const rareEvent = (kind: string, event: Fields): MarketEvent => {
  if (kind === "tick_size_change") {
    return Either.match(readTickSize(event), {
      onLeft: ({ message }) => bad("bad-field", message, event["asset_id"]),
      onRight: ({ asset_id: tokenId, new_tick_size: tickSizeTicks, timestamp: stampMs }) => ({
        kind,
        tokenId,
        stampMs,
        tickSizeTicks
      })
    })
  }
  if (kind === "last_trade_price") {
    return Either.match(readLastTrade(event), {
      onLeft: ({ message }) => bad("bad-field", message, event["asset_id"]),
      onRight: (trade) => ({ kind, trade })
    })
  }
  if (!Object.hasOwn(rareReaders, kind)) return bad("unknown-event", kind.slice(0, 60))
  const rare = kind as keyof typeof rareReaders
  return Either.match(rareReaders[rare](event), {
    onLeft: ({ message }) => bad("bad-field", message, event["asset_id"]),
    onRight: () => ({ kind: rare })
  })
}

/** The first frames after a subscription may come without `event_type`: then the fields tell what it is. */
const marketEvent = (event: unknown): MarketEvent => {
  if (!isFields(event))
    return bad("not-an-event", Array.isArray(event) ? "a list in a list" : `${typeof event}`)
  const kind = event["event_type"]
  if (kind === "price_change" || (kind === undefined && "price_changes" in event)) return changeEvent(event)
  if (kind === "book" || (kind === undefined && "bids" in event && "asks" in event)) return bookEvent(event)
  return typeof kind === "string"
    ? rareEvent(kind, event)
    : bad("not-an-event", "event_type", event["asset_id"])
}

/** The events of a frame, which is one event or a list of them. */
export const readMarketFrame = (text: string): ReadonlyArray<MarketEvent> => {
  const scanned = scanChanges(text)
  if (scanned !== undefined) return [{ kind: "price_change", ...scanned }]
  const parsed = parseJson(text)
  if (Either.isLeft(parsed)) {
    return [bad(parsed.left.kind === "too-large" ? "too-large" : "not-json", parsed.left.message)]
  }
  if (!Array.isArray(parsed.right)) return [marketEvent(parsed.right)]
  if (parsed.right.length > MAX_EVENTS) return [bad("too-large", `${parsed.right.length} events in a frame`)]
  return parsed.right.map(marketEvent)
}
