/** A disk that fills up under a daemon that trades at a venue. */
import { spawnSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { startDaemon } from "../crash/ground.ts"
import { cancelsAsked, readExchangeLedger } from "../crash/exchange-ledger.ts"
import { scratch } from "./support/daemon.ts"
import { TRADING, auditProblems, calmGround, sendProblems } from "./support/ground.ts"

const SOURCE = fileURLToPath(new URL("support/full.c", import.meta.url))
const hasCompiler = process.platform === "linux" && spawnSync("cc", ["--version"]).status === 0

describe.skipIf(!hasCompiler)("ENOSPC", () => {
  it("run – every write from some moment on: it enters no more, cancels what rests, ends with 74, and has lost nothing", async (test) => {
    const place = scratch(test)
    const library = join(place, "full.so")
    const flag = join(place, "full")
    expect(spawnSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"]).status).toBe(0)
    const ground = await calmGround(test, { orderType: "GTC", orders: "large" })
    const daemon = await startDaemon(ground, TRADING, {
      LD_PRELOAD: library,
      FULL_WHEN: flag,
      FULL_UNDER: ground.stateDir
    })
    const { orderId } = await daemon.line(({ event, status }) => event === "order_sent" && status === "live")
    writeFileSync(flag, "")
    const ended = await daemon.ended
    expect(ended.code).toBe(74)
    expect(String(ended.lines.at(-1)?.["reason"])).toMatch(/disk is full/)
    const cancelled = await cancelsAsked(ground.exchangeDir)
    expect(await sendProblems(ground)).toEqual([])
    rmSync(flag)
    expect(await auditProblems(ground)).toEqual([])
    const { orders } = await readExchangeLedger(ground.home, ground.exchangeDir)
    const resting = orders.find((order) => order.orderId === orderId)
    // Unless somebody took it before.
    expect(cancelled.has(String(orderId)) || resting?.status === "matched").toBe(true)
  })
})
