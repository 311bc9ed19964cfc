/** Requests that come over real HTTP. */
import { HttpIncomingMessage, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Option } from "effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { WireRequest, WireResponse, WireServer } from "../protocol/wire.ts"
import { BODY_TOO_LARGE, type TransportLimits } from "./limits.ts"

const headersOf = (headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "string" ? value : value.join(", ")]]
    )
  )

const wireRequestOf = (request: HttpServerRequest.HttpServerRequest, body: string): WireRequest => {
  const [path = "/", ...query] = request.url.split("?")
  return {
    method: request.method,
    path,
    query: new URLSearchParams(query.join("?")),
    headers: headersOf(request.headers),
    body
  }
}

/** The text of a body within the limit; none where it is longer, or broke off. */
const bodyWithin = (request: HttpServerRequest.HttpServerRequest, maxBytes: number) =>
  Number(request.headers["content-length"] ?? 0) > maxBytes
    ? Effect.succeedNone
    : Effect.option(request.text).pipe(HttpIncomingMessage.withMaxBodySize(Option.some(maxBytes)))

const send = ({ body, headers, status }: WireResponse) =>
  HttpServerResponse.raw(body, {
    status,
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)) }
  })

/**
 * What Node calls for each request. A client that goes away interrupts the handling of its request; a body that was not
 * read to its end ends the connection, for the rest would follow.
 */
export const httpListener = (
  server: WireServer,
  limits: TransportLimits
): Effect.Effect<(request: IncomingMessage, response: ServerResponse) => void> =>
  NodeHttpServer.makeHandler(
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const body = yield* bodyWithin(request, limits.maxBodyBytes)
      if (Option.isNone(body)) {
        return send({ ...BODY_TOO_LARGE, headers: { ...BODY_TOO_LARGE.headers, connection: "close" } })
      }
      return send(yield* Effect.interruptible(server.handle(wireRequestOf(request, body.value))))
    })
  )
