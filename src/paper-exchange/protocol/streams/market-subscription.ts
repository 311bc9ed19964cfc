/** What a client of the market channel asks for (polymarket.md §5.1). */
import { Either, Schema } from "effect"
import { parseFrame } from "./session.ts"

const AssetIds = Schema.Array(Schema.String)

/** The first frame. */
const Begin = Schema.Struct({
  assets_ids: AssetIds,
  type: Schema.Literal("market", "Market", "MARKET"),
  custom_feature_enabled: Schema.optional(Schema.Boolean),
  initial_dump: Schema.optional(Schema.Boolean),
  level: Schema.optional(Schema.Literal(1, 2, 3))
})

const Change = Schema.Struct({
  assets_ids: AssetIds,
  operation: Schema.Literal("subscribe", "unsubscribe"),
  custom_feature_enabled: Schema.optional(Schema.Boolean),
  initial_dump: Schema.optional(Schema.Boolean),
  level: Schema.optional(Schema.Literal(1, 2, 3))
})

const decodeBegin = Schema.decodeUnknownEither(Begin)
const decodeChange = Schema.decodeUnknownEither(Change)

export type MarketRequest =
  | { readonly _tag: "Begin"; readonly ask: typeof Begin.Type }
  | { readonly _tag: "Change"; readonly ask: typeof Change.Type }
  | { readonly _tag: "Wrong"; readonly text: string }

/** The venue's own words (spot-feeds.md §9). */
export const INVALID_MESSAGE = "INVALID MESSAGE"
export const INVALID_OPERATION = "INVALID OPERATION"
export const NO_NEW_ASSETS = "NO NEW ASSETS"

/** A frame's meaning. What is no JSON is an invalid message, what is no request an invalid operation. */
export const readMarketRequest = (frame: string): MarketRequest => {
  const json = parseFrame(frame)
  if (Either.isLeft(json)) return { _tag: "Wrong", text: INVALID_MESSAGE }
  const change = decodeChange(json.right)
  if (Either.isRight(change)) return { _tag: "Change", ask: change.right }
  const begin = decodeBegin(json.right)
  return Either.isRight(begin)
    ? { _tag: "Begin", ask: begin.right }
    : { _tag: "Wrong", text: INVALID_OPERATION }
}
