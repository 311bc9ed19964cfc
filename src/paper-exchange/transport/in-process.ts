/**
 * The exchange's protocol without a network: the same requests and frames, handed over within the process. Everything
 * happens in the caller's fiber, so that a discrete-event clock sees all of it.
 */
import { Headers, HttpClient, HttpClientError, type HttpClientRequest } from "@effect/platform"
import { Effect, Layer, Ref } from "effect"
import { SocketEnded, Sockets, type TextSocket } from "../../ports/sockets.ts"
import type { WireConnection, WireRequest, WireServer } from "../protocol/wire.ts"
import { InProcessResponse } from "./in-process-response.ts"
import { BODY_TOO_LARGE, DEFAULT_LIMITS, type TransportLimits } from "./limits.ts"

const decoder = new TextDecoder()

/** The body as text; undefined for kinds of body that no request to the exchange has. */
const bodyOf = ({ body }: HttpClientRequest.HttpClientRequest): string | undefined => {
  switch (body._tag) {
    case "Empty":
      return ""
    case "Uint8Array":
      return decoder.decode(body.body)
    case "Raw":
      return typeof body.body === "string" ? body.body : undefined
    case "FormData":
    case "Stream":
      return undefined
  }
}

const headersOf = ({ body, headers }: HttpClientRequest.HttpClientRequest, url: URL) => ({
  host: url.host,
  ...(body._tag === "Empty" || body.contentType === undefined ? {} : { "content-type": body.contentType }),
  ...Headers.fromInput(headers)
})

const wireRequestOf = (
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  body: string
): WireRequest => ({
  method: request.method,
  path: url.pathname,
  query: url.searchParams,
  headers: headersOf(request, url),
  body
})

/** A client whose requests the server answers in the caller's fiber; an interruption reaches the server. */
export const inProcessClient = (
  server: WireServer,
  limits: TransportLimits = DEFAULT_LIMITS
): HttpClient.HttpClient =>
  HttpClient.make((request, url) => {
    const body = bodyOf(request)
    if (body === undefined) {
      return Effect.fail(
        new HttpClientError.RequestError({
          request,
          reason: "Encode",
          description: `a body of kind ${request.body._tag} cannot be sent in-process`
        })
      )
    }
    const answer =
      Buffer.byteLength(body) > limits.maxBodyBytes
        ? Effect.succeed(BODY_TOO_LARGE)
        : server.handle(wireRequestOf(request, url, body))
    return Effect.map(answer, (response) => new InProcessResponse(request, response))
  })

const textSocket = (connection: WireConnection, limits: TransportLimits): Effect.Effect<TextSocket> =>
  Effect.map(Ref.make<SocketEnded | undefined>(undefined), (ended) => {
    const whileOpen = <A>(effect: Effect.Effect<A, SocketEnded>) =>
      Effect.flatMap(Ref.get(ended), (end) => (end === undefined ? effect : Effect.fail(end)))
    const end = (code: number, reason: string) => {
      const error = new SocketEnded({
        code,
        message: `the exchange closed the socket: ${code} ${reason}`.trim()
      })
      return Effect.zipRight(Ref.set(ended, error), Effect.fail(error))
    }
    return {
      receive: whileOpen(
        Effect.flatMap(connection.next, (frame) =>
          frame._tag === "Text" ? Effect.succeed(frame.text) : end(frame.code, frame.reason)
        )
      ),
      send: (frame) =>
        whileOpen(
          Buffer.byteLength(frame) > limits.maxFrameBytes
            ? end(1009, "Max payload size exceeded")
            : connection.receive(frame)
        )
    }
  })

/** Opens the server's channels by the path of any address. What is unread waits in the server's own bounded queue. */
export const inProcessSockets = (
  server: WireServer,
  limits: TransportLimits = DEFAULT_LIMITS
): typeof Sockets.Service => ({
  open: (url) =>
    Effect.gen(function* () {
      const path = yield* Effect.try({
        try: () => new URL(url).pathname,
        catch: () => new SocketEnded({ code: undefined, message: `${url}: no address of a socket` })
      })
      const connection = yield* server.connect(path)
      if (connection === undefined) {
        return yield* new SocketEnded({
          code: undefined,
          message: `${url}: the exchange has no such channel`
        })
      }
      return yield* textSocket(connection, limits)
    })
})

/** Both sides of the client's network over one server. */
export const inProcessLayer = (
  server: WireServer,
  limits: TransportLimits = DEFAULT_LIMITS
): Layer.Layer<HttpClient.HttpClient | Sockets> =>
  Layer.merge(
    Layer.succeed(HttpClient.HttpClient, inProcessClient(server, limits)),
    Layer.succeed(Sockets, inProcessSockets(server, limits))
  )
