/** Requests about many tokens at once. */
import { Either, ParseResult, Schema } from "effect"
import type { WireResponse } from "../wire.ts"
import { INVALID_PAYLOAD, TOO_MANY_ITEMS } from "./answers.ts"
import { parseBody } from "./json-body.ts"

/** Tokens in one request (docs.polymarket.com, error-codes). */
const MAX_ITEMS = 500

const Item = Schema.Struct({
  token_id: Schema.String,
  side: Schema.optional(Schema.String)
})
export type Item = typeof Item.Type

const decodeItems = ParseResult.decodeUnknownEither(Schema.Array(Item))

/** The items of a body; left with the answer where it has none, or too many. */
export const itemsOf = (body: string): Either.Either<ReadonlyArray<Item>, WireResponse> => {
  const parsed = parseBody(body)
  if (Either.isLeft(parsed)) return Either.left(INVALID_PAYLOAD)
  if (Array.isArray(parsed.right) && parsed.right.length > MAX_ITEMS) return Either.left(TOO_MANY_ITEMS)
  return Either.mapLeft(decodeItems(parsed.right), () => INVALID_PAYLOAD)
}
