/** The dead-man switch: once it beats, it must go on; polymarket.md §4.8. */
import { Either, ParseResult, Schema } from "effect"
import { failure, json } from "./answers.ts"
import { callerOf } from "./authentication.ts"
import { parseBody } from "./json-body.ts"
import { type Handler, type Route, post } from "./routing.ts"

const decodeBeat = ParseResult.decodeUnknownEither(
  Schema.Struct({ heartbeat_id: Schema.optional(Schema.NullOr(Schema.String)) })
)

const heartbeatIdIn = (body: string): string | undefined => {
  if (body === "") return ""
  const decoded = Either.flatMap(parseBody(body), (parsed) => Either.mapLeft(decodeBeat(parsed), () => ""))
  return Either.isRight(decoded) ? (decoded.right.heartbeat_id ?? "") : undefined
}

const WRONG_ID = "Invalid Heartbeat ID"

/** A beat brings the id of the one before, or none at first; a wrong id is answered with the right one. */
const beat: Handler = ({ request, rest }) =>
  rest.keeper.ask((world, nowMs) => {
    const caller = callerOf(world, request, nowMs, rest.settings)
    if (Either.isLeft(caller)) return { operations: [], answer: () => caller.left }
    const { apiKey } = caller.right
    const given = heartbeatIdIn(request.body)
    const expected = world.registry.expectedHeartbeat(apiKey) ?? ""
    if (given === undefined) return { operations: [], answer: () => failure(400, "Invalid payload") }
    if (given !== expected) {
      const more = { error_msg: WRONG_ID, heartbeat_id: expected }
      return { operations: [], answer: () => failure(400, WRONG_ID, more) }
    }
    return {
      operations: [{ _tag: "Heartbeat", apiKey }],
      answer: ({ registry }) => json({ heartbeat_id: registry.expectedHeartbeat(apiKey) ?? "" })
    }
  })

/** The older form knows no ids. */
const beatWithoutId: Handler = ({ request, rest }) =>
  rest.keeper.ask((world, nowMs) => {
    const caller = callerOf(world, request, nowMs, rest.settings)
    if (Either.isLeft(caller)) return { operations: [], answer: () => caller.left }
    return {
      operations: [{ _tag: "Heartbeat", apiKey: caller.right.apiKey }],
      answer: () => json({ status: "ok" })
    }
  })

export const heartbeatRoutes: ReadonlyArray<Route> = [
  post("/v1/heartbeats", beat),
  post("/heartbeats", beatWithoutId)
]
