/** Real sockets under a clock that is not real: what is on its way is counted, and time waits until all of it has arrived. */
import { HttpClient } from "@effect/platform"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Effect, Layer } from "effect"
import { exchangeAddresses } from "../../src/composition/exchange-addresses.ts"
import type { WireServer } from "../../src/paper-exchange/protocol/wire.ts"
import { listenOnLoopback } from "../../src/paper-exchange/transport/loopback-server.ts"
import { webSocketsLayer } from "../../src/paper-exchange/transport/web-sockets.ts"
import type { Exchange } from "../../src/ports/exchange.ts"
import { Sockets } from "../../src/ports/sockets.ts"
import type { NetworkTo } from "../modules/polymarket/client/venue.ts"

/** Turns of the event loop without anything on its way after which nothing more is expected. */
const QUIET_TURNS = 3
/** A frame for a socket that was closed meanwhile never arrives. */
const MAX_TURNS = 20_000

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** What was sent and has not arrived: frames, requests and answers, either way. What the server keeps back is not on its way. */
export class Traffic {
  private under = 0

  readonly begun: Effect.Effect<void> = Effect.sync(() => void (this.under += 1))
  readonly ended: Effect.Effect<void> = Effect.sync(() => void (this.under -= 1))

  /** Ends when all is still. */
  readonly still: Effect.Effect<void> = Effect.gen(this, function* () {
    let quiet = 0
    for (let turns = 0; quiet < QUIET_TURNS && turns < MAX_TURNS; turns += 1) {
      yield* turn
      quiet = this.under === 0 ? quiet + 1 : 0
    }
  })
}

/** Frames count from when the one side lets them go until the other has them. */
const countedServer = (server: WireServer, traffic: Traffic): WireServer => ({
  handle: (request) =>
    Effect.acquireUseRelease(
      traffic.ended,
      () => server.handle(request),
      () => traffic.begun
    ),
  connect: (path) =>
    Effect.map(
      server.connect(path),
      (connection) =>
        connection && {
          receive: (frame) => Effect.zipRight(traffic.ended, connection.receive(frame)),
          next: Effect.tap(connection.next, ({ _tag }) => (_tag === "Text" ? traffic.begun : Effect.void))
        }
    )
})

const countedSockets = (sockets: typeof Sockets.Service, traffic: Traffic): typeof Sockets.Service => ({
  open: (url) =>
    Effect.map(sockets.open(url), ({ receive, send }) => ({
      receive: Effect.tap(receive, () => traffic.ended),
      send: (frame) => Effect.zipRight(traffic.begun, send(frame))
    }))
})

const counted = (traffic: Traffic): Layer.Layer<HttpClient.HttpClient | Sockets> =>
  Layer.merge(
    Layer.effect(
      HttpClient.HttpClient,
      Effect.map(HttpClient.HttpClient, (client) =>
        HttpClient.transform(client, (answer) =>
          Effect.acquireUseRelease(
            traffic.begun,
            () => answer,
            () => traffic.ended
          )
        )
      )
    ).pipe(Layer.provide(NodeHttpClient.layerUndici)),
    Layer.effect(
      Sockets,
      Effect.map(Sockets, (sockets) => countedSockets(sockets, traffic))
    ).pipe(Layer.provide(webSocketsLayer()))
  )

/** The server on a port of this machine, and a real client's network to it. */
export const loopback =
  (traffic: Traffic): NetworkTo =>
  (server) =>
    Effect.map(listenOnLoopback(countedServer(server, traffic), 0), ({ httpUrl, socketUrl }) => {
      const { polybolt, rtds: _rtds, ...addresses } = exchangeAddresses(httpUrl, socketUrl)
      return { layer: counted(traffic), addresses: { ...addresses, priceSocket: polybolt } }
    })

/**
 * The same exchange; its news are told when all that is on its way has arrived. Any request brings the venue's market up to
 * this moment, and what happens in it then is on its way too.
 */
export const whenStill =
  (traffic: Traffic) =>
  (exchange: typeof Exchange.Service): typeof Exchange.Service => {
    const still = Effect.zipRight(Effect.ignore(exchange.openOrders), traffic.still)
    return {
      ...exchange,
      takeUpdates: Effect.zipRight(still, exchange.takeUpdates)
    }
  }
