/** Requests as they leave: within the allowed hosts, in their turn, bounded in size, and never sent twice. */
import {
  HttpClient,
  type HttpClientError,
  HttpClientRequest,
  type HttpClientResponse
} from "@effect/platform"
import { Clock, Effect, Either, Metric, Stream } from "effect"
import type { ExchangeReason } from "../../../ports/exchange.ts"
import { MAX_WIRE_CHARS } from "../wire/json.ts"
import { type Answered, type Sent, failureOf } from "./answer.ts"
import { Budget } from "./budget.ts"
import { Circuit } from "./circuit.ts"
import { type Endpoint, URGENT } from "./limits.ts"
import { type Addresses, within } from "./outbound.ts"

/** Requests by kind and how they ended: the answer's status, not-sent or lost. */
export const requestsSent = Metric.counter("tradewind_venue_requests", {
  description: "Requests to the venue, by kind and how they ended",
  incremental: true
})

export type Service = "clob" | "gamma" | "data" | "site"

/** A request before it is signed. */
export interface Call {
  readonly service: Service
  readonly endpoint: Endpoint
  readonly method: "GET" | "POST" | "DELETE"
  /** Without the query: what signatures cover. */
  readonly path: string
  readonly query?: ReadonlyArray<readonly [string, string]>
  /** The very text that is sent. */
  readonly body?: string
  /** What it takes of the signer's budget: one for each order. */
  readonly cost?: number
}

/** Makes the headers of a request at the moment it leaves: a signature is made of that moment. */
export type Sign = (call: Call) => Effect.Effect<Readonly<Record<string, string>>>

export interface Transport {
  readonly send: (call: Call, sign?: Sign) => Effect.Effect<Sent>
}

/** Most bytes of an answer that are read. */
const MAX_ANSWER_BYTES = MAX_WIRE_CHARS

const requestOf = (call: Call, url: string, headers: Readonly<Record<string, string>>) => {
  const request = HttpClientRequest.make(call.method)(url, { headers })
  return call.body === undefined
    ? request
    : HttpClientRequest.bodyText(request, call.body, "application/json")
}

const MAX_CAUSES = 5

/** What went wrong with a connection, as far down as anybody says it: "getaddrinfo ENOTFOUND …" mends more than "transport error". */
const wordsOf = (error: HttpClientError.HttpClientError): string => {
  const words = [error.message]
  let cause: unknown = error.cause
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth += 1) {
    if (cause.message !== "" && !words.includes(cause.message)) words.push(cause.message)
    cause = cause.cause
  }
  return words.join(": ")
}

const decoder = new TextDecoder()

/** Reads an answer's text, but never more than the bound. */
const textOf = (response: HttpClientResponse.HttpClientResponse, contentLength: string | undefined) => {
  const length = Number(contentLength)
  if (length <= MAX_ANSWER_BYTES) return Effect.mapError(response.text, (error) => error.message)
  if (length > MAX_ANSWER_BYTES) return Effect.fail(`an answer of ${length} bytes`)
  return response.stream.pipe(
    Stream.mapError((error) => error.message),
    Stream.runFoldEffect({ chunks: [] as Array<Uint8Array>, bytes: 0 }, ({ bytes, chunks }, chunk) => {
      chunks.push(chunk)
      const read = bytes + chunk.length
      return read > MAX_ANSWER_BYTES
        ? Effect.fail(`an answer of more than ${MAX_ANSWER_BYTES} bytes`)
        : Effect.succeed({ chunks, bytes: read })
    }),
    Effect.map(({ chunks }) => decoder.decode(Buffer.concat(chunks)))
  )
}

const notSent = (reason: ExchangeReason, message: string): Sent => ({ _tag: "NotSent", reason, message })

/** A failure of the venue itself, not of what was asked. */
const isOutage = (sent: Sent): boolean =>
  sent._tag === "Lost" ||
  (sent._tag === "Answered" && sent.status >= 500 && failureOf(sent).reason._tag === "Unavailable")

/** What the answer says of the venue's limits is obeyed by those that come after. */
const obey = (budget: Budget, endpoint: Endpoint, { headers, ...answer }: Answered, nowMs: number): void => {
  if (answer.status === 429) {
    const { reason } = failureOf({ headers, ...answer })
    if (reason._tag === "RateLimited") budget.pause(endpoint, nowMs + reason.retryAfterMs)
  }
  const resetS = Number(headers["poly-ratelimit-reset"])
  if (
    headers["poly-ratelimit-remaining"] === "0" &&
    resetS * 1000 > nowMs &&
    resetS * 1000 < nowMs + 60_000
  ) {
    budget.pause(endpoint, resetS * 1000)
  }
}

export interface TransportSettings {
  readonly addresses: Addresses
  /** Longest wait for a turn. */
  readonly maxWaitMs: number
}

/** The transport over an HTTP client that follows no redirects. */
export const makeTransport = ({
  addresses,
  maxWaitMs
}: TransportSettings): Effect.Effect<Transport, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (client) => {
    const budget = new Budget(maxWaitMs)
    const circuits: Readonly<Record<Service, Circuit>> = {
      clob: new Circuit(),
      gamma: new Circuit(),
      data: new Circuit(),
      site: new Circuit()
    }

    const exchange = (
      call: Call,
      url: string,
      headers: Readonly<Record<string, string>>
    ): Effect.Effect<Sent> =>
      client.execute(requestOf(call, url, headers)).pipe(
        Effect.mapError(wordsOf),
        Effect.flatMap((response) => {
          // Read once: the platform makes them anew each time.
          const { headers: answered, status } = response
          return Effect.map(
            textOf(response, answered["content-length"]),
            (text): Sent => ({ _tag: "Answered", status, headers: answered, text })
          )
        }),
        Effect.scoped,
        Effect.catchAll((message) => Effect.succeed<Sent>({ _tag: "Lost", message }))
      )

    const send = (call: Call, sign?: Sign): Effect.Effect<Sent> =>
      Effect.gen(function* () {
        const url = within(addresses[call.service], call.path, call.query ?? [])
        if (Either.isLeft(url)) return notSent({ _tag: "Refused" }, url.left)
        const circuit = circuits[call.service]
        const askedMs = yield* Clock.currentTimeMillis
        if (!circuit.admits(askedMs) && !URGENT.has(call.endpoint)) {
          return notSent(
            { _tag: "Unavailable" },
            `${call.service} does not answer; the next try is due in a second`
          )
        }
        const turn = yield* Effect.either(budget.take(call.endpoint, call.cost ?? 1))
        if (Either.isLeft(turn)) {
          return notSent(
            { _tag: "RateLimited", ...turn.left },
            "the venue's limit on such requests is used up"
          )
        }
        const headers = sign === undefined ? {} : yield* sign(call)
        const sent = yield* Effect.onInterrupt(exchange(call, url.right, headers), () =>
          Effect.map(Clock.currentTimeMillis, (nowMs) => circuit.failed(nowMs))
        )
        const nowMs = yield* Clock.currentTimeMillis
        if (isOutage(sent)) circuit.failed(nowMs)
        else circuit.succeeded()
        if (sent._tag === "Answered") obey(budget, call.endpoint, sent, nowMs)
        return sent
      }).pipe(Effect.tap((sent) => count(call, sent)))

    return { send }
  })

/** The counter of each kind and ending, made once: making one costs more than counting. */
const counters = new Map<string, Metric.Metric.Counter<number>>()

const counterOf = (kind: Endpoint, ended: string): Metric.Metric.Counter<number> => {
  const key = `${kind} ${ended}`
  const known = counters.get(key)
  if (known !== undefined) return known
  const made = requestsSent.pipe(Metric.tagged("kind", kind), Metric.tagged("ended", ended))
  counters.set(key, made)
  return made
}

const count = (call: Call, sent: Sent) => {
  const ended = sent._tag === "Answered" ? String(sent.status) : sent._tag === "Lost" ? "lost" : "not-sent"
  return Metric.update(counterOf(call.endpoint, ended), 1)
}
