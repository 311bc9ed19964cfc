/** Frames of the two reference-price streams, PolyBolt and the older RTDS. */
import { Schema } from "effect"
import { Spot, SpotE18, Whole, known } from "./numbers.ts"

const optionalNumber = Schema.optional(Schema.NullOr(Schema.Number))

/** One observation; the decimal text is exact, the number is not. */
const BoltPoint = Schema.Struct({
  timestamp: Whole,
  value: known(Spot),
  full_accuracy_value: known(Spot)
})

/** A price frame of PolyBolt: live, or a snapshot of the last two minutes. */
export const BoltPrices = Schema.Struct({
  channel: Schema.String,
  seq: optionalNumber,
  snapshot: Schema.optional(Schema.NullOr(Schema.Boolean)),
  dropped: optionalNumber,
  payload: Schema.Struct({
    symbol: Schema.String,
    source: Schema.optional(Schema.NullOr(Schema.String)),
    window_seconds: optionalNumber,
    timestamp: known(Whole),
    value: known(Spot),
    full_accuracy_value: known(Spot),
    data: Schema.optional(Schema.NullOr(Schema.Array(BoltPoint)))
  })
})
export type BoltPrices = typeof BoltPrices.Type

/** PolyBolt's answers to what we ask of it: `authed`, `subscribed`, `pong`, and errors. */
export const BoltAnswer = Schema.Struct({
  op: Schema.String,
  rid: Schema.optional(Schema.NullOr(Schema.String)),
  code: Schema.optional(Schema.NullOr(Schema.String)),
  error: Schema.optional(Schema.NullOr(Schema.String)),
  message: Schema.optional(Schema.NullOr(Schema.String))
})
export type BoltAnswer = typeof BoltAnswer.Type

/** A frame of RTDS: one observation, or the first minute's list. */
export const RtdsPrices = Schema.Struct({
  topic: Schema.String,
  type: Schema.String,
  payload: Schema.Struct({
    symbol: Schema.String,
    timestamp: known(Whole),
    value: known(Spot),
    full_accuracy_value: known(SpotE18),
    window_s: optionalNumber,
    data: Schema.optional(
      Schema.NullOr(
        Schema.Array(
          Schema.Struct({ timestamp: Whole, value: known(Spot), full_accuracy_value: known(SpotE18) })
        )
      )
    )
  })
})
export type RtdsPrices = typeof RtdsPrices.Type
