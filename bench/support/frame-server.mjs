/** A process that sends frames of the market channel to whoever subscribes, as fast as they are taken. Its port goes to its parent. */
import { setImmediate as turn } from "node:timers/promises"
import { WebSocketServer } from "ws"
import { makeFrames } from "./market-frames.mjs"

const [count, startMs] = process.argv.slice(2).map(Number)
const { changes, first } = makeFrames(count, { startMs })
/** No more than this waits to be sent. */
const MAX_WAITING_BYTES = 262_144

const flood = async (socket) => {
  socket.send(first, { binary: false })
  for (const frame of changes) {
    while (socket.bufferedAmount > MAX_WAITING_BYTES) await turn()
    if (socket.readyState !== socket.OPEN) return
    socket.send(frame, { binary: false })
  }
}

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 })
server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate())
  socket.once("message", () => void flood(socket))
})
server.on("listening", () => process.send(server.address().port))
process.on("disconnect", () => process.exit(0))
