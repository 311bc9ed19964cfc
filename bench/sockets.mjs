/** Frames of the market channel over a real socket, from another process: ours up to the books, beside ws and JSON.parse alone. */
import { Effect, Fiber, Layer, ManagedRuntime } from "effect"
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { WebSocket } from "ws"
import { makeMarketChannel } from "../dist/lib/modules/polymarket/streams/market-channel.js"
import { webSocketsLayer } from "../dist/lib/paper-exchange/transport/web-sockets.js"
import { Sockets } from "../dist/lib/ports/sockets.js"
import { DOWN, UP } from "./support/market-frames.mjs"
import { interleaved, line, mark, median, ratio, spread, threadSeconds, title } from "./support/stats.mjs"
import { silent } from "./support/world.mjs"

const FRAMES = 20_000
const SERVER = fileURLToPath(new URL("support/frame-server.mjs", import.meta.url))
const LOOK_EVERY_MS = 5
const WITHIN_MS = 60_000

const startServer = async (startMs) => {
  const child = fork(SERVER, [String(FRAMES), String(startMs)])
  const port = await new Promise((resolve, reject) => {
    child.once("message", resolve)
    child.once("exit", (code) => reject(new Error(`the server of frames ended with ${code}`)))
  })
  return { url: `ws://127.0.0.1:${port}`, stop: () => child.disconnect() }
}

/** The client's own market channel, until the last frame is in the book. */
const ours = (runtime, url, lastMs) => async () => {
  const began = threadSeconds()
  await runtime.runPromise(
    Effect.gen(function* () {
      const noRest = { books: () => Effect.succeed([]) }
      const channel = yield* makeMarketChannel(yield* Sockets, noRest, { url, dataWithinMs: WITHIN_MS })
      yield* channel.follow(new Set([UP, DOWN]))
      const running = yield* Effect.fork(channel.run)
      const isThere = Effect.map(channel.book(DOWN), (book) => book?.eventTimeMs === lastMs)
      yield* Effect.sleep(LOOK_EVERY_MS).pipe(
        Effect.zipRight(isThere),
        Effect.repeat({ until: (there) => there }),
        Effect.timeoutFail({ duration: WITHIN_MS, onTimeout: () => new Error("the frames did not come") })
      )
      yield* Fiber.interrupt(running)
    })
  )
  return FRAMES / (threadSeconds() - began)
}

let sink = 0
const bare = (url) => async () => {
  const began = threadSeconds()
  await new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    let left = FRAMES + 1
    socket.on("open", () => socket.send("{}"))
    socket.on("error", reject)
    socket.on("message", (data) => {
      sink += JSON.parse(data.toString()).timestamp === undefined ? 0 : 1
      left -= 1
      if (left > 0) return
      socket.close()
      resolve()
    })
  })
  return FRAMES / (threadSeconds() - began)
}

export const sockets = async ({ rounds }) => {
  const startMs = Date.now() - 60_000
  const server = await startServer(startMs)
  const runtime = ManagedRuntime.make(Layer.merge(webSocketsLayer(), silent))
  try {
    title(
      `market frames over a socket of this machine, an event is one frame of two changes; a second is one of the receiving thread's processor time; ${rounds} rounds of ${FRAMES} in turn`
    )
    const found = await interleaved(rounds, {
      ours: ours(runtime, server.url, startMs + Math.floor((FRAMES - 1) / 10)),
      bare: bare(server.url)
    })
    if (sink === 0) throw new Error("nothing was read")
    line("ours: socket, checked, in the books", spread(found.ours, "frames/s"))
    line("ws and JSON.parse alone", spread(found.bare, "frames/s"))
    line("ours against ws and JSON.parse alone", ratio(found.ours, found.bare))
    mark(
      "P6",
      median(found.ours) >= 300_000,
      `socket → checked → books ${spread(found.ours, "frames/s")} of processor time (mark: ≥ 300,000)`
    )
  } finally {
    await runtime.dispose()
    server.stop()
  }
}
