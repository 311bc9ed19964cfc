import { FetchHttpClient, HttpBody, HttpClient, HttpClientRequest } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { request } from "node:http"
import { connect } from "node:net"
import { inProcessLayer } from "../../../src/paper-exchange/transport/in-process.ts"
import { DEFAULT_LIMITS } from "../../../src/paper-exchange/transport/limits.ts"
import { listenOnLoopback } from "../../../src/paper-exchange/transport/loopback-server.ts"
import {
  DEFAULT_WEB_SOCKET_LIMITS,
  webSocketsLayer
} from "../../../src/paper-exchange/transport/web-sockets.ts"
import { Sockets, type TextSocket } from "../../../src/ports/sockets.ts"
import { type Echo, FLOOD, makeEcho } from "./echo.ts"

const limits = { ...DEFAULT_LIMITS, maxBodyBytes: 1_000, maxFrameBytes: 1_000, closeTimeoutMs: 500 }

interface Carried {
  readonly echo: Echo
  readonly http: string
  readonly sockets: string
}

type Carrier = <A, E>(
  use: (carried: Carried) => Effect.Effect<A, E, HttpClient.HttpClient | Sockets | Scope.Scope>
) => Effect.Effect<A, unknown>

const inProcess: Carrier = (use) =>
  Effect.suspend(() => {
    const echo = makeEcho()
    return use({ echo, http: "http://embedded.exchange", sockets: "ws://embedded.exchange" }).pipe(
      Effect.provide(inProcessLayer(echo.server, limits)),
      Effect.scoped
    )
  })

const overLoopback: Carrier = (use) =>
  Effect.gen(function* () {
    const echo = makeEcho()
    const { httpUrl, socketUrl } = yield* listenOnLoopback(echo.server, 0, limits)
    return yield* use({ echo, http: httpUrl, sockets: socketUrl })
  }).pipe(Effect.provide(Layer.merge(FetchHttpClient.layer, webSocketsLayer())), Effect.scoped)

/** Everything a socket gives until it ends, and the end's code. */
const drained = (socket: TextSocket) =>
  Effect.gen(function* () {
    const frames: Array<string> = []
    for (;;) {
      const next = yield* Effect.either(socket.receive)
      if (next._tag === "Left") return { frames, code: next.left.code }
      frames.push(next.right)
    }
  })

const open = (url: string) => Effect.flatMap(Sockets, (sockets) => sockets.open(url))

const until = (isTrue: () => boolean) => Effect.repeat(Effect.sleep(5), { until: isTrue })

/** A handshake and a frame as bytes, for a client that does what no WebSocket library would. */
const HANDSHAKE = [
  "GET /channel HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "",
  ""
].join("\r\n")
const maskedText = (text: string) =>
  Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])

describe.each([
  ["in-process", inProcess],
  ["over loopback", overLoopback]
])("transport %s", (_, carry) => {
  it.live("a request – arrives as it was sent, and so does its answer", () =>
    carry(({ http }) =>
      Effect.gen(function* () {
        const client = yield* HttpClient.HttpClient
        const response = yield* client.execute(
          HttpClientRequest.make("DELETE")(`${http}/data/order%2F1?a=1&a=2&b=%20c`, {
            headers: { POLY_ADDRESS: "0xabc" },
            body: HttpBody.text('{"x": 1, "ü":"€"}', "application/json")
          })
        )
        expect(response.status).toBe(200)
        expect(response.headers["x-echo"]).toBe("yes")
        expect(yield* response.json).toMatchObject({
          method: "DELETE",
          path: "/data/order%2F1",
          query: [
            ["a", "1"],
            ["a", "2"],
            ["b", " c"]
          ],
          headers: { poly_address: "0xabc", "content-type": "application/json" },
          body: '{"x": 1, "ü":"€"}'
        })
        expect((yield* client.get(`${http}/teapot`)).status).toBe(418)
      })
    )
  )

  it.live("a body beyond the limit – is answered with 413", () =>
    carry(({ http }) =>
      Effect.gen(function* () {
        const client = yield* HttpClient.HttpClient
        const post = (length: number) => client.post(`${http}/`, { body: HttpBody.text("x".repeat(length)) })
        expect((yield* post(1_000)).status).toBe(200)
        const refused = yield* post(1_001)
        expect(refused.status).toBe(413)
        expect(yield* refused.json).toEqual({ error: "Payload Too Large" })
      })
    )
  )

  it.live("a client that gives up – interrupts the handling of its request", () =>
    carry(({ echo, http }) =>
      Effect.gen(function* () {
        const client = yield* HttpClient.HttpClient
        const result = yield* Effect.timeoutOption(client.get(`${http}/slow`), 100)
        expect(result._tag).toBe("None")
        yield* until(() => echo.interrupted() === 1)
      })
    )
  )

  it.live("a socket – carries frames in order, and the server's close with its code", () =>
    carry(({ echo, sockets }) =>
      Effect.gen(function* () {
        const socket = yield* open(`${sockets}/channel`)
        yield* socket.send("hello ü€")
        expect(yield* socket.receive).toBe("hello ü€")
        yield* socket.send("burst 5000")
        yield* socket.send("close")
        const { code, frames } = yield* drained(socket)
        expect(frames).toEqual(Array.from({ length: 5_000 }, (__, index) => `${index}`))
        expect(code).toBe(1013)
        expect((yield* Effect.flip(socket.send("more"))).code).toBe(1013)
        expect((yield* Effect.flip(socket.receive)).code).toBe(1013)
        expect(echo.open.size).toBeLessThanOrEqual(1)
      })
    )
  )

  it.live("a channel – ends with the scope of the client's socket", () =>
    carry(({ echo, sockets }) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const socket = yield* Scope.extend(open(`${sockets}/channel`), scope)
        yield* socket.send("x")
        yield* socket.receive
        expect(echo.open.size).toBe(1)
        yield* Scope.close(scope, Exit.void)
        yield* until(() => echo.open.size === 0)
      })
    )
  )

  it.live("a frame beyond the limit – closes the socket with 1009", () =>
    carry(({ sockets }) =>
      Effect.gen(function* () {
        const socket = yield* open(`${sockets}/channel`)
        yield* socket.send("x".repeat(1_000))
        expect(yield* socket.receive).toHaveLength(1_000)
        yield* Effect.ignore(socket.send("x".repeat(1_001)))
        expect((yield* Effect.flip(socket.receive)).code).toBe(1009)
      })
    )
  )

  it.live("a path without a channel – cannot be opened", () =>
    carry(({ sockets }) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(open(`${sockets}/nowhere`))
        expect(error.code).toBeUndefined()
        expect(error.message).toContain("/nowhere")
      })
    )
  )
})

describe("the loopback server", () => {
  it.live("a port in use – is said in one sentence", () =>
    Effect.gen(function* () {
      const { server } = makeEcho()
      const { port } = yield* listenOnLoopback(server, 0, limits)
      const error = yield* Effect.flip(listenOnLoopback(server, port, limits))
      expect(error.message).toBe(
        `cannot listen on port ${port} of 127.0.0.1: it is in use: choose another one, or 0 for any that is free`
      )
    }).pipe(Effect.scoped)
  )

  it.live("the end – tells open sockets, cuts requests that hang, and frees the port", () =>
    Effect.gen(function* () {
      const { interrupted, server } = makeEcho()
      const scope = yield* Scope.make()
      const { httpUrl, port, socketUrl } = yield* Scope.extend(listenOnLoopback(server, 0, limits), scope)
      const socket = yield* open(`${socketUrl}/channel`)
      const hanging = yield* Effect.fork(Effect.either(HttpClient.get(`${httpUrl}/slow`)))
      yield* socket.send("x")
      yield* socket.receive
      yield* Scope.close(scope, Exit.void)
      expect((yield* Effect.flip(socket.receive)).code).toBe(1001)
      expect((yield* Fiber.join(hanging))._tag).toBe("Left")
      yield* until(() => interrupted() === 1)
      yield* listenOnLoopback(server, port, limits)
    }).pipe(Effect.provide(Layer.merge(FetchHttpClient.layer, webSocketsLayer())), Effect.scoped)
  )

  /** Posts so many kilobytes without saying beforehand how many, until they are sent or nobody takes them. */
  const postInChunks = (port: number, kilobytes: number) =>
    Effect.async<{ readonly status: number | undefined; readonly connection: string | undefined }>(
      (resume) => {
        let answered = false
        const posted = request({ host: "127.0.0.1", port, method: "POST", path: "/" }, (response) => {
          answered = true
          response.resume()
          const { headers, statusCode } = response
          response.once("close", () =>
            resume(Effect.succeed({ status: statusCode, connection: headers.connection }))
          )
        })
        posted.on("error", () => resume(Effect.succeed({ status: undefined, connection: "reset" })))
        const kilobyte = "x".repeat(1_024)
        const isOver = () => answered || posted.destroyed
        const write = (left: number): void => {
          for (let unsent = left; !isOver(); unsent -= 1) {
            if (unsent === 0) return void posted.end()
            if (!posted.write(kilobyte)) return void posted.once("drain", () => write(unsent - 1))
          }
        }
        write(kilobytes)
      }
    )

  it.live(
    "a body without a length – is taken within the limit, and beyond it answered with 413 and the end",
    () =>
      Effect.gen(function* () {
        const { server } = makeEcho()
        const { port } = yield* listenOnLoopback(server, 0, { ...limits, maxBodyBytes: 100 * 1_024 })
        for (const kilobytes of [0, 1, 100])
          expect(yield* postInChunks(port, kilobytes)).toEqual({ status: 200, connection: "keep-alive" })
        for (const kilobytes of [101, 200, 10_000])
          expect(yield* postInChunks(port, kilobytes)).toEqual({ status: 413, connection: "close" })
      }).pipe(Effect.scoped)
  )

  it.live("a body without an end – is cut, and the next request answered", () =>
    Effect.gen(function* () {
      const { server } = makeEcho()
      const { port } = yield* listenOnLoopback(server, 0, limits)
      const { connection } = yield* postInChunks(port, Number.POSITIVE_INFINITY)
      expect(connection).toMatch(/^(close|reset)$/)
      expect(yield* postInChunks(port, 0)).toMatchObject({ status: 200 })
    }).pipe(Effect.scoped)
  )

  it.live("a client that reads nothing – gets no more than its buffers hold, and is cut in the end", () =>
    Effect.gen(function* () {
      const { open: channels, server, taken } = makeEcho()
      const { port } = yield* listenOnLoopback(server, 0, {
        ...limits,
        maxUnsentBytes: 10_000,
        stalledTimeoutMs: 300
      })
      const client = connect(port, "127.0.0.1", () => client.write(HANDSHAKE))
      client.on("error", () => undefined)
      client.once("data", () => {
        client.pause()
        client.write(maskedText("flood"))
      })
      yield* until(() => taken() > 0)
      yield* until(() => channels.size === 0)
      expect(taken()).toBeLessThan(FLOOD)
      client.destroy()
    }).pipe(Effect.scoped)
  )

  it.live("a peer that breaks the protocol – does not stop the server", () =>
    Effect.gen(function* () {
      const { server } = makeEcho()
      const { httpUrl, port } = yield* listenOnLoopback(server, 0, limits)
      for (const bytes of [
        "\u0000\u0001\u0002\r\n\r\n",
        "GET /channel HTTP/1.1\r\nUpgrade: websocket\r\n",
        "POST / "
      ]) {
        const done = yield* Deferred.make<void>()
        const peer = connect(port, "127.0.0.1", () => peer.end(bytes))
        peer.on("error", () => undefined)
        peer.on("close", () => Deferred.unsafeDone(done, Effect.void))
        peer.resume()
        yield* Deferred.await(done)
      }
      expect((yield* HttpClient.get(httpUrl)).status).toBe(200)
    }).pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped)
  )
})

describe("web sockets", () => {
  it.live("unread frames beyond the limit – end the socket after those that fit", () =>
    Effect.gen(function* () {
      const { server } = makeEcho()
      const { socketUrl } = yield* listenOnLoopback(server, 0, limits)
      const socket = yield* open(`${socketUrl}/channel`).pipe(
        Effect.provide(webSocketsLayer({ ...DEFAULT_WEB_SOCKET_LIMITS, maxUnreadFrames: 10 }))
      )
      yield* socket.send("burst 100")
      const { code, frames } = yield* drained(socket)
      expect(frames).toEqual(Array.from({ length: frames.length }, (__, index) => `${index}`))
      expect(frames.length).toBeLessThan(100)
      expect(code).toBeUndefined()
    }).pipe(Effect.scoped)
  )

  it.live("nobody there – fails to open", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(open("ws://127.0.0.1:1/channel"))
      expect(error.message).toContain("cannot be opened")
    }).pipe(Effect.provide(webSocketsLayer()), Effect.scoped)
  )

  it.live("a connection that breaks – ends without a close code of its own", () =>
    Effect.gen(function* () {
      const { server } = makeEcho()
      const { socketUrl } = yield* listenOnLoopback(server, 0, limits)
      const socket = yield* open(`${socketUrl}/channel`)
      yield* socket.send("break")
      expect((yield* Effect.flip(socket.receive)).code).toBe(1006)
    }).pipe(Effect.provide(webSocketsLayer()), Effect.scoped)
  )
})
