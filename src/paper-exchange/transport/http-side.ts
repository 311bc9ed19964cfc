/** Requests that come over real HTTP. */
import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import { Effect, Option } from "effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { WireRequest, WireResponse, WireServer } from "../protocol/wire.ts"
import { bodyWithin } from "./body.ts"
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
      const body = yield* bodyWithin(NodeHttpServerRequest.toIncomingMessage(request), limits.maxBodyBytes)
      if (Option.isNone(body)) {
        return send({ ...BODY_TOO_LARGE, headers: { ...BODY_TOO_LARGE.headers, connection: "close" } })
      }
      return send(yield* Effect.interruptible(server.handle(wireRequestOf(request, body.value))))
    })
  )
