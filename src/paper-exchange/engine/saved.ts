/** The engine's state as JSON and back. */
import { Either, ParseResult, Schema } from "effect"
import type { Json } from "../market-source.ts"
import { EngineState, type MarketRecord } from "./state.ts"

/**
 * What the Schema's own encoding gives, without checking again what the engine made itself: several times faster, and
 * saves are frequent. Undefined is null, a Map its entries, a Set its members.
 */
const toJson = (value: unknown): Json => {
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value
  if (value === undefined || value === null) return null
  if (value instanceof Map || value instanceof Set || Array.isArray(value)) return Array.from(value, toJson)
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, toJson(field)]))
}

/** A deep copy as plain JSON: what happens later does not show in it. */
export const encodeState = (state: EngineState): Json => toJson(state)

const decode = Schema.decodeUnknownEither(EngineState)

const unknownOrder = (state: EngineState, record: MarketRecord): string | undefined => {
  for (const { queue } of [...record.bids, ...record.asks])
    for (const entry of queue)
      if (entry._tag === "Own" && !state.openOrders.has(entry.orderId)) return entry.orderId
  return undefined
}

/** Left with the reason where the JSON is no saved state, or its book names an order it does not have. */
export const decodeState = (saved: Json): Either.Either<EngineState, string> =>
  decode(saved).pipe(
    Either.mapLeft(
      (error) =>
        `the engine's saved state does not decode: ${ParseResult.TreeFormatter.formatErrorSync(error)}`
    ),
    Either.flatMap((state) => {
      for (const record of state.markets.values()) {
        const orderId = unknownOrder(state, record)
        if (orderId !== undefined)
          return Either.left(`the engine's saved state has a book with the unknown order ${orderId}`)
      }
      return Either.right(state)
    })
  )
