/** A daemon that is suspended while its orders rest: the venue cancels them, and nothing is made up for afterwards. */
import { setTimeout as after } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { readExchangeLedger } from "../crash/exchange-ledger.ts"
import { startDaemon } from "../crash/ground.ts"
import { readJournal } from "../crash/journal.ts"
import { TRADING, auditProblems, calmGround } from "./support/ground.ts"

/** Market seconds per real second. */
const SPEED = 10
/** Six real seconds for the start: who comes up later does not know the price to beat, and waits for the window after that. */
const STARTS_BEFORE_S = 60
/** 40 seconds of the market's: the venue waits 10 to 15 for a heartbeat. */
const SUSPENDED_MS = 4_000
/** Market time between two ticks: test/crash/configuration.ts. */
const TICK_MS = 80 * SPEED

describe("SIGSTOP", () => {
  it("stop – 40 s of the market's with an order that rests: it is cancelled there and here, no tick and no order is made up for", async (test) => {
    const ground = await calmGround(test, {
      speed: SPEED,
      startsBeforeS: STARTS_BEFORE_S,
      orderType: "GTC",
      orders: "large"
    })
    const daemon = await startDaemon(ground, TRADING, { TRADEWIND_LOGGER__LEVEL: "debug" })
    const { orderId } = await daemon.line(({ event, status }) => event === "order_sent" && status === "live")
    daemon.signal("SIGSTOP")
    await after(SUSPENDED_MS)
    const resumed = daemon.heard.length
    daemon.signal("SIGCONT")
    await daemon.line((line) => line.event === "order_sent" && daemon.heard.indexOf(line) >= resumed)
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expect(ended.code).toBe(0)

    const lines = ended.lines.slice(resumed)
    const skipped = lines.find(({ event }) => event === "tick_skipped_overlap")
    const starts = lines.filter(({ event }) => event === "tick_start").map(({ ts }) => Date.parse(ts))
    const orders = lines.filter(({ event }) => event === "order_sent")
    const spanMs = (starts.at(-1) ?? 0) - (starts[0] ?? 0)
    expect(Number(skipped?.["ticks"])).toBeGreaterThanOrEqual((SUSPENDED_MS * SPEED) / TICK_MS / 2)
    expect(starts.length).toBeLessThanOrEqual(Math.ceil(spanMs / TICK_MS) + 2)
    // One entry and one exit of each side's position a tick, at most; the tick that was suspended included.
    expect(orders.length).toBeLessThanOrEqual(3 * (starts.length + 1))

    expect(await auditProblems(ground)).toEqual([])
    const there = await readExchangeLedger(ground.home, ground.exchangeDir)
    const here = await readJournal(ground.home, ground.stateDir)
    const venue = there.orders.find((order) => order.orderId === orderId)?.status
    // Unless somebody took it before the venue missed us.
    expect(["cancelled", "matched"]).toContain(venue)
    expect(here.orders.find((order) => order["order_id"] === orderId)?.["status"]).toBe(
      venue === "matched" ? "filled" : "cancelled"
    )
  })
})
