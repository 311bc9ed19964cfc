/** A daemon whose heap is small, or runs full while it trades. */
import { describe, expect, it } from "vitest"
import { daemonEnvironment } from "../crash/configuration.ts"
import { type Ground, startDaemon } from "../crash/ground.ts"
import { TRADING, auditProblems, calmGround, sendProblems } from "./support/ground.ts"

const HEAP_MB = 64
const LEAK = new URL("support/leak.mjs", import.meta.url).href

/** The daemon's environment, with a small heap. */
const smallHeap = ({ plan }: Ground, more = "") => {
  const { NODE_OPTIONS = "" } = daemonEnvironment(plan, { nowMs: 0, atMs: 0 })
  return { NODE_OPTIONS: `${NODE_OPTIONS} --max-old-space-size=${HEAP_MB} ${more}` }
}

describe("little memory", () => {
  it("run – 64 MB of heap are enough to trade, stop, and agree with the venue", async (test) => {
    const ground = await calmGround(test)
    const daemon = await startDaemon(ground, TRADING, smallHeap(ground))
    for (let orders = 1; orders <= 10; orders++)
      await daemon.line(
        (line) =>
          line.event === "order_sent" &&
          daemon.heard.filter(({ event }) => event === "order_sent").indexOf(line) === orders - 1
      )
    daemon.signal("SIGTERM")
    expect((await daemon.ended).code).toBe(0)
    expect(await auditProblems(ground)).toEqual([])
  })

  it("run – a heap that runs full while it trades ends the process, and a new one takes up where it was", async (test) => {
    const ground = await calmGround(test)
    const daemon = await startDaemon(ground, TRADING, smallHeap(ground, `--import ${LEAK}`))
    await daemon.event("order_sent")
    daemon.signal("SIGWINCH")
    const { signal, stderr } = await daemon.ended
    expect(signal).toBe("SIGABRT")
    expect(stderr).toMatch(/heap out of memory/)
    expect(await sendProblems(ground)).toEqual([])
    expect(await auditProblems(ground)).toEqual([])
  })
})
