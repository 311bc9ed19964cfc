/** `tradewind exchange` as a process: it serves its routes and channels, and ends as it is told. */
import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it, vi } from "vitest"
import { Sockets } from "../../src/ports/sockets.ts"
import { webSocketsLayer } from "../../src/paper-exchange/transport/web-sockets.ts"
import { type Daemon, type Ended, type Finishing, type Line, run, scratch, start } from "./support/daemon.ts"

vi.setConfig({ maxConcurrency: 2 })

interface Started {
  readonly daemon: Daemon
  readonly line: Line
  readonly get: (path: string) => Promise<unknown>
}

const exchange = async (test: Finishing, home: string, ...flags: ReadonlyArray<string>): Promise<Started> => {
  const daemon = start(test, home, ["exchange", "--port", "0", ...flags])
  const line = await daemon.event("exchange_listening")
  const get = async (path: string): Promise<unknown> => (await fetch(`${String(line["clob"])}${path}`)).json()
  return { daemon, line, get }
}

const ended = (daemon: Daemon, signal: NodeJS.Signals): Promise<Ended> => {
  daemon.signal(signal)
  return daemon.ended
}

/** The first frame a channel sends after these were said. */
const firstFrame = (url: string, ...says: ReadonlyArray<string>): Promise<string> =>
  Effect.gen(function* () {
    const sockets = yield* Sockets
    const socket = yield* sockets.open(url)
    for (const text of says) yield* socket.send(text)
    return yield* socket.receive
  }).pipe(Effect.scoped, Effect.provide(webSocketsLayer()), Effect.runPromise)

const errorsIn = ({ lines }: Ended) => lines.filter(({ level }) => level === "error" || level === "fatal")

describe.concurrent("tradewind exchange", () => {
  it.for(["SIGTERM", "SIGINT"] as const)(
    "%s – ends it with exit code 0, with clients still connected",
    async (signal, test) => {
      const home = scratch(test)
      const { daemon, get, line } = await exchange(test, home, "--seed", "7", "--speed", "50")
      expect(await get("/version")).toEqual({ version: 2 })
      expect(await firstFrame(String(line["marketSocket"]), "PING")).toBe("PONG")
      const dump = JSON.stringify({
        action: "subscribe",
        subscriptions: [{ topic: "crypto_prices_chainlink", type: "*" }]
      })
      expect(JSON.parse(await firstFrame(String(line["rtds"]), dump))).toMatchObject({
        topic: "crypto_prices_chainlink",
        payload: { symbol: "btc/usd", value: expect.any(Number) }
      })
      const idle = connect(Number(new URL(String(line["clob"])).port), "127.0.0.1")
      // A reset ends it as well as a close does.
      idle.on("error", () => undefined)
      test.onTestFinished(() => void idle.destroy())
      const { code, lines, stderr, ...rest } = await ended(daemon, signal)
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
      expect(errorsIn({ code, lines, stderr, ...rest })).toEqual([])
      expect(lines.map(({ event }) => event)).toEqual([
        "exchange_listening",
        "exchange_stopping",
        "exchange_stopped"
      ])
      expect(readdirSync(home)).toEqual([])
    }
  )

  it("time – goes on at the speed that was asked for, and requests are answered whatever it is", async (test) => {
    const home = scratch(test)
    const { daemon, get, line } = await exchange(test, home, "--speed", "1000")
    const startS = Date.parse(String(line["marketTime"])) / 1_000
    // Ten market minutes: windows were listed, traded and resolved meanwhile.
    let nowS = startS
    while (nowS < startS + 600) nowS = Number(await get("/time"))
    const slug = `btc-updown-5m-${startS}`
    expect(await get(`/gamma/markets/slug/${slug}`)).toMatchObject({ slug, closed: true })
    expect(errorsIn(await ended(daemon, "SIGTERM"))).toEqual([])
  })

  it("--state-dir – is gone on from, and held by one process at a time", async (test) => {
    const home = scratch(test)
    const flags = ["--seed", "7", "--speed", "200", "--state-dir", "state"]
    const first = await exchange(test, home, ...flags)
    const startS = Date.parse(String(first.line["marketTime"])) / 1_000
    while (Number(await first.get("/time")) < startS + 60) continue
    const second = await run(test, home, ["exchange", "--port", "0", ...flags])
    expect(second.code).toBe(75)
    expect(second.stderr).toMatch(/state: the state directory is in use by process \d+/)
    const { code } = await ended(first.daemon, "SIGTERM")
    expect(code).toBe(0)
    expect(existsSync(join(home, "state", "exchange.db"))).toBe(true)
    const third = await exchange(test, home, ...flags)
    expect(Date.parse(String(third.line["marketTime"])) / 1_000).toBeGreaterThanOrEqual(startS + 60)
    await ended(third.daemon, "SIGTERM")
  })

  it("a port in use – is said in one sentence, with exit code 75", async (test) => {
    const home = scratch(test)
    const { line } = await exchange(test, home)
    const port = new URL(String(line["clob"])).port
    const second = await run(test, home, ["exchange", "--port", port])
    expect(second.code).toBe(75)
    expect(second.stderr).toBe(
      `cannot listen on port ${port} of 127.0.0.1: it is in use: choose another one, or 0 for any that is free\n`
    )
  })

  const WRONG_FLAGS: ReadonlyArray<readonly [string, RegExp]> = [
    ["--port 70000", /^--port 70000: a whole number from 0 to 65535 is needed\n/],
    ["--port x", /^--port x: a whole number from 0 to 65535 is needed\n/],
    ["--speed 0", /^--speed 0: a number of market seconds per real second from 0\.01 to 1000000 is needed\n/],
    ["--fault x", /^--fault: unknown flag, the nearest known one is --faults\n/]
  ]
  it.for(WRONG_FLAGS)("%s – is refused with exit code 64", async ([flags, says], test) => {
    const home = scratch(test)
    const { code, stderr, stdout } = await run(test, home, ["exchange", ...flags.split(" ")])
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" })
    expect(stderr).toMatch(says)
  })

  const WRONG_SCRIPTS: ReadonlyArray<readonly [string, string | undefined, string]> = [
    ["no file", undefined, "cannot read fault script faults.json: there is no such file"],
    ["no JSON", "{", "fault script faults.json: it is no JSON: "],
    [
      "a bad value",
      '{"faults":[{"kind":"latency","p":1.5}]}',
      'fault script faults.json: "faults.0.p" is 1.5: a probability from 0 to 1 is needed'
    ]
  ]
  it.for(WRONG_SCRIPTS)(
    "a fault script with %s – is refused with exit code 78",
    async ([, text, says], test) => {
      const home = scratch(test)
      if (text !== undefined) writeFileSync(join(home, "faults.json"), text)
      const { code, stderr, stdout } = await run(test, home, [
        "exchange",
        "--port",
        "0",
        "--faults",
        "faults.json"
      ])
      expect({ code, stdout }).toEqual({ code: 78, stdout: "" })
      expect(stderr).toContain(says)
    }
  )

  it("--faults – makes the exchange behave as the script says", async (test) => {
    const home = scratch(test)
    const faults = [{ kind: "rate-limit", routes: ["GET /version"], retryAfterS: 7 }]
    writeFileSync(join(home, "faults.json"), JSON.stringify({ faults }))
    const { line } = await exchange(test, home, "--faults", "faults.json")
    const answer = await fetch(`${String(line["clob"])}/version`)
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"])
    expect((await fetch(`${String(line["clob"])}/time`)).status).toBe(200)
  })
})
