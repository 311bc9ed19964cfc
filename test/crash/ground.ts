/** What a run stands on: an exchange on real sockets, and a place for the daemon's files. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Daemon, type Finishing, type Line, start } from "../process/support/daemon.ts"
import {
  type Errand,
  type MarketTime,
  daemonConfiguration,
  daemonEnvironment,
  exchangeEnvironment
} from "./configuration.ts"
import type { Plan } from "./plan.ts"
import { after } from "./waiting.ts"

/** Real time after which an exchange hangs. */
const EXCHANGE_LIMIT_MS = 1_800_000
/** Questions for the time, and the answer that is soon enough to be the last, in real milliseconds. */
const TIME_QUESTIONS = 5
const SOON_MS = 50

export interface Ground {
  readonly plan: Plan
  readonly home: string
  /** Whether the files, with a log of each life, are left. */
  readonly keep: boolean
  readonly test: Finishing
  readonly exchange: Daemon
  readonly lives: Array<Daemon>
  /** The exchange's first words: where it listens. */
  readonly line: Line
  readonly stateDir: string
  readonly exchangeDir: string
}

/** The market's time, to half a second of it. */
const marketTime = async ({ line }: Ground): Promise<MarketTime> => {
  let best = { nowMs: Number.NaN, atMs: Number.NaN, tookMs: Number.POSITIVE_INFINITY }
  for (let asked = 0; asked < TIME_QUESTIONS && best.tookMs > SOON_MS; asked++) {
    const beganMs = Date.now()
    const answer = await fetch(`${String(line["clob"])}/time`, { signal: AbortSignal.timeout(20_000) })
    const seconds = Number(await answer.text())
    const tookMs = Date.now() - beganMs
    // A fault may have another answer, and one that came late tells little.
    if (!Number.isInteger(seconds)) await after(SOON_MS)
    else if (tookMs < best.tookMs) best = { nowMs: seconds * 1_000 + 500, atMs: beganMs + tookMs / 2, tookMs }
  }
  return best
}

/** Where the next life of the daemon says, as its last word, that it came to its point. */
export const markOf = ({ home, lives }: Ground): string => join(home, `point-of-life-${lives.length + 1}`)

export const startDaemon = async (
  ground: Ground,
  errand: Errand,
  environment: Readonly<Record<string, string>> = {}
): Promise<Daemon> => {
  const { home, line, lives, plan, stateDir, test } = ground
  const config = join(home, `${errand.trades ? "trading" : "recovering"}.json`)
  writeFileSync(config, JSON.stringify(daemonConfiguration(plan, line, errand)))
  const words = ["run", "--mode", "live", "--config", config, "--state-dir", stateDir]
  const daemon = start(test, home, words, {
    ...daemonEnvironment(plan, await marketTime(ground)),
    ...environment
  })
  const log = join(home, `life-${lives.push(daemon)}.log`)
  if (ground.keep) void daemon.ended.then(({ stderr, stdout }) => writeFileSync(log, stdout + stderr))
  return daemon
}

export const groundOf = async (plan: Plan, home: string, keep: boolean, test: Finishing): Promise<Ground> => {
  const [stateDir, exchangeDir] = [join(home, "state"), join(home, "exchange")]
  const faults = join(home, "faults.json")
  writeFileSync(faults, JSON.stringify({ faults: plan.faults }))
  const flags = [
    "--port",
    "0",
    "--seed",
    String(plan.seed),
    "--speed",
    String(plan.speed),
    "--faults",
    faults
  ]
  const environment = exchangeEnvironment(plan)
  const words = ["exchange", ...flags, "--state-dir", exchangeDir]
  const exchange = start(test, home, words, environment, EXCHANGE_LIMIT_MS)
  const line = await exchange.event("exchange_listening")
  return { plan, home, keep, test, exchange, line, lives: [], stateDir, exchangeDir }
}
