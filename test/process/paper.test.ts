/** Mode paper, with `tradewind exchange` on real sockets as the venue whose market it lives in. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { expectMoneyReconciles, expectOrderlyEnd } from "./support/checks.ts"
import { readSummary, scratch, start } from "./support/daemon.ts"
import { integrityOf } from "./support/ledgers.ts"
import { TEST_KEY, type Venue, exchange, liveConfiguration, liveEnvironment } from "./support/live.ts"

/** PolyBolt tells the averages of the last two minutes at once, so that the window under way can be traded. */
const configuration = (venue: Venue) => ({ ...liveConfiguration(venue), mode: "paper" })

describe("run --mode paper", () => {
  it("paper – trades in the venue's market with nothing of its own there; killed, it goes on; stopped, its money is exact", async (test) => {
    const home = scratch(test)
    const venue = await exchange(test)
    const config = join(home, "paper.json")
    const settings = configuration(venue)
    writeFileSync(
      config,
      JSON.stringify({ ...settings, polymarket: { ...settings.polymarket, priceFeed: "polybolt" } })
    )
    const summary = join(home, "summary.json")
    const stateDir = join(home, "state")
    const environment = {
      ...liveEnvironment(venue),
      TRADEWIND_POLYMARKET__WALLET__PRIVATE_KEY: TEST_KEY
    }
    const flags = ["run", "--mode", "paper", "--config", config, "--state-dir", stateDir]
    const killed = start(test, home, flags, environment)
    const first = await killed.line(() => true)
    expect(first).toMatchObject({ event: "tradewind_starting", mode: "paper", money: "simulated" })
    expect(first).not.toHaveProperty("speed")
    const fill = await killed.event("fill")
    killed.signal("SIGKILL")
    expect((await killed.ended).signal).toBe("SIGKILL")

    const again = start(test, home, [...flags, "--summary", summary], environment)
    await again.event("execution_loop_started")
    await again.event("market")
    again.signal("SIGTERM")
    const ended = await again.ended
    expectOrderlyEnd(ended, 0, true)
    expect(ended.stdout).not.toContain(TEST_KEY)
    expect(ended.lines.filter(({ level }) => level === "error" || level === "fatal")).toEqual([])
    const told = readSummary(summary)
    expect(told.orders).toMatchObject({ unknown: 0, open: 0 })
    expect(told.fills, JSON.stringify(fill)).toBeGreaterThan(0)
    expectMoneyReconciles(told)
    expect((await integrityOf(test, stateDir))[0]).toBe("ok")
  })

  it("paper without a key – takes RTDS by default, and has the venue's windows and prices", async (test) => {
    const home = scratch(test)
    const venue = await exchange(test)
    const config = join(home, "paper.json")
    const settings = configuration(venue)
    const addresses = { ...settings.polymarket.addresses, priceSocket: String(venue.line["rtds"]) }
    writeFileSync(config, JSON.stringify({ ...settings, polymarket: { addresses } }))
    const daemon = start(
      test,
      home,
      ["run", "--mode", "paper", "--config", config, "--state-dir", join(home, "state")],
      { ...liveEnvironment(venue), TRADEWIND_LOGGER__LEVEL: "debug" }
    )
    await daemon.event("window_tracked")
    // There was no price before the stream told one.
    await daemon.line(({ event, module }) => event === "recovered" && module === "spot")
    daemon.signal("SIGINT")
    expectOrderlyEnd(await daemon.ended, 0, true)
  })
})
