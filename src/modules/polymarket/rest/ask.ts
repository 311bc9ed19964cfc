/** Questions to the venue: sent, checked, decoded; what went wrong is an ExchangeError with the venue's own words. */
import { Effect, Either, type Schema } from "effect"
import type { ExchangeError } from "../../../ports/exchange.ts"
import { errorOf } from "../request.ts"
import { END_CURSOR, FIRST_CURSOR, pageOf } from "../wire/clob.ts"
import { readJson } from "../wire/json.ts"
import { type Answered, failureOf } from "./answer.ts"
import type { Call, Sign, Transport } from "./transport.ts"

/** Pages of one list; what has more is not read to its end, and says so. */
const MAX_PAGES = 100

export interface Ask {
  /** Any answer of the venue, whatever its status. */
  readonly answer: (operation: string, call: Call, sign?: Sign) => Effect.Effect<Answered, ExchangeError>
  readonly one: <A, I>(
    operation: string,
    call: Call,
    schema: Schema.Schema<A, I>,
    sign?: Sign
  ) => Effect.Effect<A, ExchangeError>
  /** Undefined where the venue has no such thing. */
  readonly maybe: <A, I>(
    operation: string,
    call: Call,
    schema: Schema.Schema<A, I>,
    sign?: Sign
  ) => Effect.Effect<A | undefined, ExchangeError>
  /** All pages of a list. */
  readonly all: <A, I>(
    operation: string,
    call: Call,
    item: Schema.Schema<A, I>,
    sign?: Sign
  ) => Effect.Effect<ReadonlyArray<A>, ExchangeError>
}

const isGood = (status: number): boolean => status >= 200 && status < 300

const decoded = <A, I>(operation: string, schema: Schema.Schema<A, I>, answer: Answered) =>
  Either.mapLeft(readJson(schema)(answer.text), ({ message }) =>
    errorOf(operation, { _tag: "Undecodable" }, `the venue's answer does not decode: ${message}`)
  )

const failed = (operation: string, answer: Answered): ExchangeError => {
  const { message, reason } = failureOf(answer)
  return errorOf(operation, reason, message)
}

export const makeAsk = ({ send }: Transport): Ask => {
  const answer: Ask["answer"] = (operation, call, sign) =>
    Effect.flatMap(send(call, sign), (sent) => {
      switch (sent._tag) {
        case "Answered":
          return Effect.succeed(sent)
        case "NotSent":
          return Effect.fail(errorOf(operation, sent.reason, sent.message))
        case "Lost":
          return Effect.fail(errorOf(operation, { _tag: "Unavailable" }, sent.message))
      }
    })
  const one: Ask["one"] = (operation, call, schema, sign) =>
    Effect.flatMap(answer(operation, call, sign), (given) =>
      isGood(given.status) ? decoded(operation, schema, given) : Effect.fail(failed(operation, given))
    )
  const maybe: Ask["maybe"] = (operation, call, schema, sign) =>
    Effect.flatMap(answer(operation, call, sign), (given) => {
      if (given.status === 404) return Effect.succeed(undefined)
      return isGood(given.status) ? decoded(operation, schema, given) : Effect.fail(failed(operation, given))
    })
  return {
    answer,
    one,
    maybe,
    all: (operation, call, item, sign) =>
      Effect.gen(function* () {
        const found = []
        let cursor = FIRST_CURSOR
        for (let page = 0; page < MAX_PAGES; page += 1) {
          const query = [...(call.query ?? []), ["next_cursor", cursor] as const]
          const { data, next_cursor } = yield* one(operation, { ...call, query }, pageOf(item), sign)
          found.push(...(data ?? []))
          if (next_cursor === END_CURSOR || next_cursor === "") return found
          if (next_cursor === cursor) break
          cursor = next_cursor
        }
        return yield* errorOf(
          operation,
          { _tag: "Undecodable" },
          `the venue's list did not end within ${MAX_PAGES} pages`
        )
      })
  }
}
