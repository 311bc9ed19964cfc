/** Bytes that are no text, no HTTP and no frames, on a real port: who sends them gets no more than a refusal, others are served. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { connect } from "node:net"
import { listenOnLoopback } from "../../src/paper-exchange/transport/loopback-server.ts"
import { NodeWebSocket } from "../support/node-web-socket.ts"
import { type Ask, goodFrames, goodRequests, inScene } from "./exchange.ts"
import { anyMutation, casesFrom, casesOf, isPolluted, timeoutOf } from "./mutations.ts"

const CASES = casesOf(0.02)

/** Sends bytes over a connection of its own and hangs up; waits until the other side did as well. */
const throwAt = (port: number, bytes: Buffer): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.on("error", () => undefined)
    socket.on("data", () => undefined)
    socket.on("close", () => resolve())
    socket.end(bytes)
  })

/** Sends a frame on a channel, and PING behind it; what comes of it: an answer or an end. */
const frameAt = (url: string, bytes: Buffer, binary: boolean): Promise<"answered" | "closed"> =>
  new Promise((resolve) => {
    const socket = new NodeWebSocket(url)
    const end = (how: "answered" | "closed") => {
      socket.terminate()
      resolve(how)
    }
    socket.on("error", () => undefined)
    socket.on("close", () => end("closed"))
    socket.on("message", () => end("answered"))
    socket.on("open", () => {
      socket.send(bytes, { binary })
      socket.send("PING", { binary: false })
    })
  })

/** Bytes where texts of UTF-8 are due. */
const anyBytes = fc.record({
  which: fc.nat(),
  mutation: anyMutation,
  spoil: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
  binary: fc.boolean(),
  start: fc.constantFrom(
    "",
    "GET / HTTP/1.1\r\n",
    "POST /order HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n",
    "\x16\x03\x01"
  )
})

const bytesOf = (text: string, spoil: ReadonlyArray<readonly [number, number]>): Buffer => {
  const bytes = Buffer.from(text)
  for (const [place, value] of spoil) if (bytes.length > 0) bytes[place % bytes.length] = value
  return bytes
}

const isFetchable = ({ method }: Ask): boolean => method !== "GET"

describe("the exchange on a real port", () => {
  it(
    `${CASES} times bytes of all kinds – refused or cut off; everybody else is served`,
    () =>
      inScene((scene) =>
        Effect.gen(function* () {
          const { httpUrl, port, socketUrl } = yield* listenOnLoopback(scene.server, 0)
          const writes = goodRequests(scene.market).filter(isFetchable)
          const frames = goodFrames(scene.market)["/ws/market"] ?? []
          yield* Effect.promise(async () => {
            for (const { at, one } of casesFrom(anyBytes, CASES)) {
              const {
                method,
                path,
                body = ""
              } = writes[one.which % writes.length] ?? { method: "POST", path: "/" }
              const bytes = bytesOf(one.mutation.apply(body), one.spoil)
              const told = `${method} ${path}: ${one.mutation.name}; ${at}`
              const answer = await fetch(`${httpUrl}${path}`, { method, body: new Uint8Array(bytes) }).catch(
                () => undefined
              )
              // Who sends more than is taken may find the connection gone before it is told so.
              if (answer === undefined) expect(bytes.length, told).toBeGreaterThan(1_000_000)
              else {
                expect(answer.status, told).toBeLessThan(500)
                await answer.text()
              }
              await throwAt(port, Buffer.concat([Buffer.from(one.start, "latin1"), bytes]))
              const frame = bytesOf(one.mutation.apply(frames[one.which % frames.length] ?? ""), one.spoil)
              await frameAt(`${socketUrl}/ws/market`, frame, one.binary)
              expect(await (await fetch(`${httpUrl}/ok`)).json(), told).toBe("OK")
            }
            expect(await frameAt(`${socketUrl}/ws/market`, Buffer.from(frames[0] ?? ""), false)).toBe(
              "answered"
            )
          })
          expect(isPolluted()).toBe(false)
        })
      ),
    timeoutOf(CASES)
  )
})
