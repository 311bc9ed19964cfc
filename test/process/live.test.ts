/** Mode live against `tradewind exchange` on real sockets: the venue itself cannot be reached from a test. */
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { expectMoneyReconciles, expectOrderlyEnd } from "./support/checks.ts"
import { type Finishing, type Line, PATIENT, readSummary, run, scratch, start } from "./support/daemon.ts"
import { integrityOf } from "./support/ledgers.ts"

/** Account 0 of the public hardhat test keys. */
const TEST_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const TEST_ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
const SHIFTED_CLOCK = new URL("support/shifted-clock.mjs", import.meta.url).href

const writeJson = (home: string, name: string, value: unknown): string => {
  const path = join(home, name)
  writeFileSync(path, JSON.stringify(value), { mode: 0o600 })
  return path
}

/** The exchange as a process of its own, and by how much its market's time differs from ours. */
const exchange = async (test: Finishing) => {
  const daemon = start(test, scratch(test), ["exchange", "--port", "0", "--seed", "7"])
  const line = await daemon.event("exchange_listening")
  return { daemon, line, shiftMs: Date.parse(String(line["marketTime"])) - Date.now() }
}

const address = (line: Line, name: string): string => String(line[name])

/** Everything on one address, and a strategy that finds something to do at once. */
const configurationFor = (line: Line) => ({
  mode: "live",
  polymarket: {
    addresses: {
      clob: address(line, "clob"),
      gamma: address(line, "gamma"),
      data: address(line, "data"),
      site: address(line, "clob"),
      marketSocket: address(line, "marketSocket"),
      userSocket: address(line, "userSocket"),
      priceSocket: address(line, "polybolt")
    }
  },
  windowManager: { intervals: ["5m"] },
  strategy: { minEdgeTicks: 0, modelWeight: 1, onePositionPerWindow: false },
  positionSizer: { orderType: "GTC", boundByDepth: false }
})

describe("run --mode live", () => {
  it("live – trades over real sockets with the key of a file, and stops with its orders cancelled and verified", async (test) => {
    const home = scratch(test)
    const { line, shiftMs } = await exchange(test)
    const keyFile = writeJson(home, "key.json", { privateKey: `0x${TEST_KEY}` })
    const config = writeJson(home, "live.json", configurationFor(line))
    const stateDir = join(home, "state")
    const summary = join(home, "summary.json")
    const daemon = start(
      test,
      home,
      ["run", "--mode", "live", "--config", config, "--state-dir", stateDir, "--summary", summary],
      {
        ...PATIENT,
        TRADEWIND_POLYMARKET__WALLET__KEY_FILE: keyFile,
        NODE_OPTIONS: `--import ${SHIFTED_CLOCK}`,
        CLOCK_SHIFT_MS: String(shiftMs)
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
    const { line } = await exchange(test)
    const keyFile = writeJson(home, "key.json", { privateKey: `0x${TEST_KEY}` })
    const settings = configurationFor(line)
    const site = `${address(line, "clob")}/nowhere`
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
