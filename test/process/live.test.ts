/** Mode live against `tradewind exchange` on real sockets: the venue itself cannot be reached from a test. */
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { expectMoneyReconciles, expectOrderlyEnd } from "./support/checks.ts"
import { PATIENT, readSummary, run, scratch, start } from "./support/daemon.ts"
import { integrityOf } from "./support/ledgers.ts"
import { TEST_KEY, exchange, liveConfiguration, liveEnvironment } from "./support/live.ts"

const TEST_ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

const writeJson = (home: string, name: string, value: unknown): string => {
  const path = join(home, name)
  writeFileSync(path, JSON.stringify(value), { mode: 0o600 })
  return path
}

describe("run --mode live", () => {
  it("live – trades over real sockets with the key of a file, and stops with its orders cancelled and verified", async (test) => {
    const home = scratch(test)
    const venue = await exchange(test)
    const keyFile = writeJson(home, "key.json", { privateKey: `0x${TEST_KEY}` })
    const config = writeJson(home, "live.json", liveConfiguration(venue))
    const stateDir = join(home, "state")
    const summary = join(home, "summary.json")
    const daemon = start(
      test,
      home,
      ["run", "--mode", "live", "--config", config, "--state-dir", stateDir, "--summary", summary],
      {
        ...liveEnvironment(venue),
        TRADEWIND_POLYMARKET__WALLET__KEY_FILE: keyFile
      }
    )
    const first = await daemon.line(() => true)
    expect(first).toMatchObject({ event: "tradewind_starting", mode: "live", money: "real" })
    expect(first["account"]).toBe(`${TEST_ADDRESS.slice(0, 6)}…${TEST_ADDRESS.slice(-4)}`)
    await daemon.event("fill")
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expectOrderlyEnd(ended, 0, true)
    const { lines, stdout } = ended
    expect(stdout.toLowerCase()).not.toContain(TEST_KEY)
    expect(lines.filter(({ level }) => level === "error" || level === "fatal")).toEqual([])
    expect(lines.at(-1)).toMatchObject({ result: "clean", orders: expect.stringContaining("0 left open") })
    const told = readSummary(summary)
    expect(told.orders).toMatchObject({ unknown: 0, open: 0 })
    expectMoneyReconciles({ ...told, startCashUsd: "1000.00" })
    expect((await integrityOf(test, stateDir))[0]).toBe("ok")
  })

  it("live – a site that does not say whether orders are taken from here: what was asked, what came back, what to do", async (test) => {
    const home = scratch(test)
    const venue = await exchange(test)
    const keyFile = writeJson(home, "key.json", { privateKey: `0x${TEST_KEY}` })
    const settings = liveConfiguration(venue)
    const site = `${settings.polymarket.addresses.clob}/nowhere`
    settings.polymarket.addresses.site = site
    const config = writeJson(home, "live.json", settings)
    const { code, stdout } = await run(
      test,
      home,
      ["run", "--mode", "live", "--config", config, "--state-dir", join(home, "state")],
      { ...PATIENT, TRADEWIND_POLYMARKET__WALLET__KEY_FILE: keyFile }
    )
    expect(code).toBe(1)
    expect(stdout).toContain(`${site}/api/geoblock`)
    expect(stdout).toMatch(/HTTP 404.*polymarket\.geoblockCheck/)
  })

  it.for<[string, ReadonlyArray<string>, object, RegExp]>([
    ["typed only", ["--mode", "live"], {}, /said twice: --mode live is there; add "mode": "live"/],
    ["configured only", [], { mode: "live" }, /said twice: the configuration says it; add --mode live/],
    [
      "without a key",
      ["--mode", "live"],
      { mode: "live" },
      /no private key: set TRADEWIND_POLYMARKET__WALLET__PRIVATE_KEY/
    ],
    [
      "with a key in a configuration file",
      ["--mode", "live"],
      { mode: "live", polymarket: { wallet: { privateKey: TEST_KEY } } },
      /polymarket\.wallet\.privateKey/
    ]
  ])(
    "live – %s: exit code 78, what is missing, and nothing made",
    async ([, flags, settings, says], test) => {
      const home = scratch(test)
      const config = writeJson(home, "own.json", settings)
      const { code, stderr, stdout } = await run(test, home, ["run", ...flags, "--config", config])
      expect({ code, stdout }).toEqual({ code: 78, stdout: "" })
      expect(stderr).toMatch(says)
      expect(stderr).not.toContain(TEST_KEY)
      expect(readdirSync(home)).toEqual(["own.json"])
    }
  )
})
