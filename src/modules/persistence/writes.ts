/** What the journal takes in; each runs inside one transaction. */
import { Effect } from "effect"
import { pendingOrder } from "../../domain/order-state.ts"
import {
  type Fill,
  type Intent,
  type Order,
  type OrderIdentity,
  laterFillStatus
} from "../../domain/order.ts"
import type { Position } from "../../domain/position.ts"
import type { Resolution, Window } from "../../domain/window.ts"
import type { Body, Query } from "../../storage/connection.ts"
import {
  FILL_FIELDS,
  INTENT_FIELDS,
  ORDER_FIELDS,
  POSITION_FIELDS,
  RESOLUTION_FIELDS,
  WINDOW_FIELDS,
  decodeFillStatus,
  insertion,
  intentValues,
  orderValues,
  parametersOf,
  replacing,
  resolutionValues,
  windowValues
} from "./rows.ts"

const ONCE = "ON CONFLICT DO NOTHING"
const INSERT_INTENT = insertion("intents", INTENT_FIELDS, `${ONCE} RETURNING order_id`)
const INSERT_ORDER = insertion("orders", ORDER_FIELDS)
const UPSERT_ORDER = insertion("orders", ORDER_FIELDS, replacing("orderId", "orders", ORDER_FIELDS))
const APPEND_ORDER_EVENT = `INSERT INTO order_events (order_id, status, filled_micro_shares, note, at_ms, evidence, checksum)
  VALUES (?, ?, ?, ?, ?, ?, ?)`
const INSERT_WINDOW = insertion("windows", WINDOW_FIELDS, ONCE)
const UPSERT_POSITION = insertion(
  "positions",
  POSITION_FIELDS,
  replacing("tokenId", "positions", POSITION_FIELDS)
)
const APPEND_POSITION_EVENT = insertion("position_events", POSITION_FIELDS)
const INSERT_SETTLEMENT = insertion("settlements", RESOLUTION_FIELDS, `${ONCE} RETURNING slug`)
const INSERT_FILL = insertion("fills", FILL_FIELDS)
const FILL_STATUS =
  "SELECT trade_id AS tradeId, order_id AS orderId, status FROM fills WHERE trade_id = ? AND order_id = ?"
const UPDATE_FILL_STATUS = "UPDATE fills SET status = ? WHERE trade_id = ? AND order_id = ?"
const APPEND_FILL_EVENT = "INSERT INTO fill_events (trade_id, order_id, status, at_ms) VALUES (?, ?, ?, ?)"

const insertIntent = (query: Query, intent: Intent, identity: OrderIdentity) =>
  query(INSERT_INTENT, parametersOf(INTENT_FIELDS, intentValues(intent, identity)))

/** One entry for each state an order comes to; hearing the same again adds none. */
const storeOrder = (query: Query, order: Order) => {
  const state = parametersOf(ORDER_FIELDS, orderValues(order))
  return Effect.flatMap(query(UPSERT_ORDER, state), (changed) =>
    changed.length === 0 ? Effect.void : Effect.asVoid(query(APPEND_ORDER_EVENT, state))
  )
}

const storePosition = (query: Query, position: Position) =>
  Effect.gen(function* () {
    const state = parametersOf(POSITION_FIELDS, position)
    if ((yield* query(UPSERT_POSITION, state)).length > 0) yield* query(APPEND_POSITION_EVENT, state)
  })

/**
 * The intent is itself the first entry of its order, which is pending by it: as little as can be is written before the order
 * may leave. An intent that is known already keeps the state its order has reached.
 */
export const putIntent =
  (intent: Intent, identity: OrderIdentity): Body<void> =>
  (query) =>
    Effect.flatMap(insertIntent(query, intent, identity), (inserted) =>
      inserted.length === 0
        ? Effect.void
        : Effect.asVoid(
            query(INSERT_ORDER, parametersOf(ORDER_FIELDS, orderValues(pendingOrder(intent, identity))))
          )
    )

/** An order that came to us some other way is kept with its intent: what the venue knows of must be known here. */
export const putOrder =
  (order: Order): Body<void> =>
  (query) =>
    Effect.zipRight(insertIntent(query, order.intent, order), storeOrder(query, order))

export const putPosition =
  (position: Position): Body<void> =>
  (query) =>
    Effect.asVoid(storePosition(query, position))

/** A fill whose status does not go forward changes nothing, the position included. */
export const putFill =
  (path: string, fill: Fill, position: Position): Body<void> =>
  (query) =>
    Effect.gen(function* () {
      const key = [fill.tradeId, fill.orderId]
      const [row] = yield* query(FILL_STATUS, key)
      const known = row === undefined ? undefined : yield* decodeFillStatus(path)(row)
      const status = known === undefined ? fill.status : laterFillStatus(known, fill.status)
      if (status === known) return
      yield* known === undefined
        ? query(INSERT_FILL, parametersOf(FILL_FIELDS, fill))
        : query(UPDATE_FILL_STATUS, [status, ...key])
      yield* query(APPEND_FILL_EVENT, [...key, status, position.updatedAtMs])
      yield* storePosition(query, position)
    })

export const putWindow =
  (window: Window): Body<void> =>
  (query) =>
    Effect.asVoid(query(INSERT_WINDOW, parametersOf(WINDOW_FIELDS, windowValues(window))))

/** Of two settlements for one window the first stands, with its positions. */
export const putSettlement =
  (resolution: Resolution, positions: ReadonlyArray<Position>): Body<void> =>
  (query) =>
    Effect.gen(function* () {
      const inserted = yield* query(
        INSERT_SETTLEMENT,
        parametersOf(RESOLUTION_FIELDS, resolutionValues(resolution))
      )
      if (inserted.length === 0) return
      for (const position of positions) yield* storePosition(query, position)
    })
