/** What a client of PolyBolt asks for, and why it is refused (polymarket.md §5.5; spot-feeds.md §1a). */
import { Either, Schema } from "effect"
import { ASSETS, type Asset } from "../../../domain/asset.ts"
import { boltSymbol } from "./price-texts.ts"
import { decodeSafely, parseFrame } from "./session.ts"
import { Credentials } from "./user-channel.ts"

const Subscriptions = Schema.Array(Schema.Struct({ channel: Schema.String, filter: Schema.Unknown }))
const Rid = Schema.optional(Schema.String)

const Request = Schema.Union(
  Schema.Struct({ op: Schema.Literal("auth"), rid: Rid, auth: Credentials }),
  Schema.Struct({ op: Schema.Literal("subscribe", "unsubscribe"), rid: Rid, subscriptions: Subscriptions }),
  Schema.Struct({ op: Schema.Literal("ping"), rid: Rid })
)
export type BoltRequest = typeof Request.Type
const decodeRequest = decodeSafely(Request)
const decodeRid = Schema.decodeUnknownEither(Schema.Struct({ rid: Schema.String }))
const decodeOp = Schema.decodeUnknownEither(Schema.Struct({ op: Schema.String }))

/** A frame's request; left with the `rid` it may have, and what it was meant to be, where it is none. */
export const readBoltRequest = (
  frame: string
): Either.Either<BoltRequest, { readonly rid: string | undefined; readonly op: string | undefined }> =>
  Either.mapLeft(Either.flatMap(parseFrame(frame), decodeRequest), () => {
    const json = Either.getOrUndefined(parseFrame(frame))
    return {
      rid: Either.getOrUndefined(decodeRid(json))?.rid,
      op: Either.getOrUndefined(decodeOp(json))?.op
    }
  })

export const PRICE = "price.crypto"
export const AVERAGE = "price.crypto.twap"
export type BoltChannel = typeof PRICE | typeof AVERAGE

/** HYPE and ZEC have averages only. */
const AVERAGE_ONLY: ReadonlySet<Asset> = new Set<Asset>(["HYPE", "ZEC"])
/** The one window there is data for. */
const WINDOW_SECONDS = 60
/** Where the exchange's prices come from; the venue has others to choose from. */
export const SOURCE = "chainlink"

const filterFields = { symbol: Schema.String, source: Schema.optional(Schema.Literal(SOURCE)) }
const decodePriceFilter = Schema.decodeUnknownEither(Schema.Struct(filterFields))
const decodeAverageFilter = Schema.decodeUnknownEither(
  Schema.Struct({ ...filterFields, window_seconds: Schema.Literal(WINDOW_SECONDS) })
)

/** One thing to follow. */
export interface Pair {
  readonly channel: BoltChannel
  readonly asset: Asset
}

export const pairKey = ({ asset, channel }: Pair): string => `${channel}|${asset}`

/** The pair of a channel and a filter; left with the error's code. */
export const readPair = (
  channel: string,
  filter: unknown
): Either.Either<Pair, "bad_channel" | "bad_filter"> => {
  if (channel !== PRICE && channel !== AVERAGE) return Either.left("bad_channel")
  const decoded = channel === PRICE ? decodePriceFilter(filter) : decodeAverageFilter(filter)
  const symbol = Either.getOrUndefined(decoded)?.symbol
  const asset = ASSETS.find((each) => boltSymbol(each) === symbol)
  if (asset === undefined) return Either.left("bad_filter")
  return channel === PRICE && AVERAGE_ONLY.has(asset)
    ? Either.left("bad_filter")
    : Either.right({ channel, asset })
}
