/** One run: an exchange, a daemon that is killed again and again, and what is left of both. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  type Daemon,
  type Ended,
  type Finishing,
  type Line,
  PLACE,
  start
} from "../process/support/daemon.ts"
import { orderProblems, restartProblems, settledProblems } from "./checks.ts"
import {
  type MarketTime,
  daemonConfiguration,
  daemonEnvironment,
  exchangeEnvironment
} from "./configuration.ts"
import { ordersAsked, readExchangeLedger } from "./exchange-ledger.ts"
import { type Journal, doubtsIn, readJournal } from "./journal.ts"
import { type Kill, type Plan, killName } from "./plan.ts"

/** What became of a run. */
export interface Outcome {
  readonly seed: number
  /** The moments at which the daemon was killed, in words. */
  readonly kills: ReadonlyArray<string>
  readonly orders: number
  readonly fills: number
  readonly settlements: number
  readonly problems: ReadonlyArray<string>
  readonly seconds: number
  /** Where its files are, if they were left. */
  readonly home: string | undefined
}

/** Real time that a life has to come up. */
const UP_LIMIT_MS = 30_000
/** Real time that a restarted daemon has to settle everything. */
const SETTLE_LIMIT_MS = 60_000

/** An answer that took longer, in real milliseconds, says too little about the time. */
const LATE_ANSWER_MS = 100
/** Exit code of a stop that could not make sure what it left at the venue. */
const UNVERIFIED = 2
/** Starts that a supervisor tries. */
const STARTS = 5
/** Real time after which an exchange hangs. */
const EXCHANGE_LIMIT_MS = 900_000

interface Ground {
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

const after = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))

const until = async (limitMs: number, isSo: () => Promise<boolean>): Promise<boolean> => {
  const endMs = performance.now() + limitMs
  while (performance.now() < endMs) {
    if (await isSo()) return true
    await after(50)
  }
  return false
}

/** The market's time, to half a second of it. */
const marketTime = async ({ line }: Ground): Promise<MarketTime> => {
  let found: MarketTime = { nowMs: Number.NaN, atMs: Number.NaN }
  await until(20_000, async () => {
    const beganMs = Date.now()
    const answer = await fetch(`${String(line["clob"])}/time`, { signal: AbortSignal.timeout(20_000) })
    const seconds = Number(await answer.text())
    const tookMs = Date.now() - beganMs
    found = { nowMs: seconds * 1_000 + 500, atMs: beganMs + tookMs / 2 }
    // A fault may have another answer, and one that came late is of no use.
    return Number.isInteger(seconds) && tookMs < LATE_ANSWER_MS
  })
  return found
}

const startDaemon = async (
  ground: Ground,
  trades: boolean,
  environment: Readonly<Record<string, string>> = {}
): Promise<Daemon> => {
  const { home, line, lives, plan, stateDir, test } = ground
  const config = join(home, `${trades ? "trading" : "recovering"}.json`)
  writeFileSync(config, JSON.stringify(daemonConfiguration(plan, line, trades)))
  const words = ["run", "--mode", "live", "--config", config, "--state-dir", stateDir]
  const daemon = start(test, home, words, {
    ...daemonEnvironment(plan, await marketTime(ground)),
    ...environment
  })
  const log = join(home, `life-${lives.push(daemon)}.log`)
  if (ground.keep) void daemon.ended.then(({ stderr, stdout }) => writeFileSync(log, stdout + stderr))
  return daemon
}

/** Never rejects: that it ended is found out otherwise. */
const isOver = (daemon: Daemon): Promise<true> => daemon.ended.then(() => true)

const firstOrder = (daemon: Daemon): Promise<unknown> => daemon.event("order_sent").catch(() => undefined)
const isUp = (daemon: Daemon): Promise<unknown> =>
  daemon.event("execution_loop_started").catch(() => undefined)

const within = (ms: number, ...others: ReadonlyArray<Promise<unknown>>): Promise<unknown> =>
  Promise.race([after(ms), ...others])

const armed = (point: string, count: number) => ({ CRASH_AT: `${point}#${count}` })

/** One life, from its start to SIGKILL; returns where it was killed, or what went wrong. */
const live = async (
  ground: Ground,
  kill: Kill,
  attempt = 1
): Promise<{ readonly at: string; readonly ended: Ended }> => {
  const environment =
    kill._tag === "AtPoint"
      ? armed(kill.point, kill.count)
      : kill._tag === "StoppingAtPoint"
        ? { ...armed(kill.point, kill.count), CRASH_STOPPING: "1" }
        : {}
  const { plan } = ground
  const daemon = await startDaemon(ground, true, environment)
  const over = isOver(daemon)
  if (kill._tag === "AfterStart") await within(kill.ms, over)
  else await within(UP_LIMIT_MS, isUp(daemon), over)
  switch (kill._tag) {
    case "AfterStart":
      break
    case "AtPoint":
      await within(plan.pointLimitMs, over)
      break
    case "Trading":
      await within(plan.pointLimitMs, firstOrder(daemon), over)
      await within(kill.ms, over)
      break
    case "Stopping":
    case "StoppingAtPoint":
      await within(plan.pointLimitMs / 2, firstOrder(daemon), over)
      daemon.signal("SIGTERM")
      await within(kill._tag === "Stopping" ? kill.ms : UP_LIMIT_MS, over)
      break
  }
  daemon.signal("SIGKILL")
  const ended = await daemon.ended
  if (isSpoiltStart(ended) && attempt < STARTS) return live(ground, kill, attempt + 1)
  const reached = ended.stderr.includes("crash_point ")
  if (!("point" in kill) || reached) return { at: killName(kill), ended }
  return {
    at: ended.signal === "SIGKILL" ? "any moment (its point never came)" : "ended before its point",
    ended
  }
}

/** A start that the venue's faults have spoilt is what a supervisor is there for. */
const isSpoiltStart = ({ code, lines }: Ended): boolean =>
  code === 1 &&
  lines.some(({ event, error }) => event === "module_init_failed" && String(error).startsWith("HTTP "))

/** Nobody but SIGKILL, or a stop it was told to make, ends a daemon. */
const endProblems = (ended: Ended): ReadonlyArray<string> => {
  const { code, lines, signal, stderr } = ended
  if (signal === "SIGKILL" || code === 0 || code === UNVERIFIED || isSpoiltStart(ended)) return []
  const errors = lines.filter(({ level }) => level === "error" || level === "fatal").slice(-3)
  return [`the daemon ended with code ${code}: ${stderr.slice(0, 500)} ${JSON.stringify(errors)}`]
}

/** Starts the daemon without anything to buy, lets it settle, stops it; returns what it left. */
const recover = async (
  ground: Ground,
  attempt = 1
): Promise<{ journal: Journal; problems: ReadonlyArray<string> }> => {
  const { home, stateDir } = ground
  const daemon = await startDaemon(ground, false)
  await Promise.race([isUp(daemon), isOver(daemon)])
  const settled = await Promise.race([
    until(SETTLE_LIMIT_MS, async () => (await doubtsIn(stateDir).catch(() => 1)) === 0),
    daemon.ended.then(() => false)
  ])
  daemon.signal("SIGTERM")
  const ended = await daemon.ended
  // Where faults spoilt the stop, it says so: whoever is told that starts it again.
  if ((isSpoiltStart(ended) || ended.code === UNVERIFIED) && attempt < STARTS)
    return recover(ground, attempt + 1)
  return {
    journal: await readJournal(home, stateDir),
    problems: [
      ...(settled ? [] : [`not settled after ${SETTLE_LIMIT_MS / 1_000} s`]),
      ...endProblems(ended),
      ...(ended.code === 0
        ? []
        : [`after ${attempt} starts the stop of a recovered daemon ended with code ${ended.code}`])
    ]
  }
}

const asTold = async (ground: Ground): Promise<Omit<Outcome, "seed" | "seconds" | "home">> => {
  const { exchangeDir, home, plan, stateDir } = ground
  const kills: Array<string> = []
  const problems: Array<string> = []
  for (const [life, kill] of plan.kills.entries()) {
    const { at, ended } = await live(ground, kill)
    kills.push(at)
    const found = [
      ...endProblems(ended),
      ...orderProblems(await readJournal(home, stateDir), await ordersAsked(exchangeDir))
    ]
    problems.push(...found.map((problem) => `after kill ${life + 1} (${at}): ${problem}`))
  }
  const first = await recover(ground)
  const second = await recover(ground)
  return { kills, ...(await atTheEnd(ground, problems, first, second)) }
}

type Recovered = Awaited<ReturnType<typeof recover>>

const atTheEnd = async (
  { exchange, exchangeDir, home }: Ground,
  problems: ReadonlyArray<string>,
  first: Recovered,
  second: Recovered
) => {
  const asked = await ordersAsked(exchangeDir)
  exchange.signal("SIGTERM")
  const ended = await exchange.ended
  const ledger = await readExchangeLedger(home, exchangeDir)
  return {
    orders: asked.length,
    fills: ledger.trades.length,
    settlements: second.journal.settlements.length,
    problems: [
      ...problems,
      ...(ended.code === 0 ? [] : [`the exchange ended with code ${ended.code}`]),
      ...[first, second].flatMap(({ journal, problems: own }, index) =>
        [...own, ...orderProblems(journal, asked), ...settledProblems(journal, ledger)].map(
          (problem) => `restart ${index + 1}: ${problem}`
        )
      ),
      ...restartProblems(first.journal, second.journal)
    ]
  }
}

const groundOf = async (plan: Plan, home: string, keep: boolean, test: Finishing): Promise<Ground> => {
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

/** Runs that are under way, by their folders: how each is ended. */
const running = new Map<string, () => void>()

/** Ends what runs, with all its processes and files. */
export const abandonAll = (): void => {
  for (const [home, end] of running) {
    end()
    rmSync(home, { recursive: true, force: true })
  }
}

/** Runs a plan; whatever breaks on the way is a problem of the run. */
export const runPlan = async (plan: Plan, keep: boolean): Promise<Outcome> => {
  const beganMs = performance.now()
  const cleanUps: Array<() => void> = []
  const end = () => {
    for (const cleanUp of cleanUps) cleanUp()
  }
  const home = mkdtempSync(join(PLACE, "tradewind-crash-"))
  running.set(home, end)
  const told = await groundOf(plan, home, keep, { onTestFinished: (cleanUp) => void cleanUps.push(cleanUp) })
    .then(asTold)
    .catch((error: unknown) => ({
      kills: [],
      orders: 0,
      fills: 0,
      settlements: 0,
      problems: [`the run broke off: ${error instanceof Error ? error.stack : String(error)}`]
    }))
  running.delete(home)
  end()
  const isLeft = keep
  if (!isLeft) rmSync(home, { recursive: true, force: true })
  const seconds = (performance.now() - beganMs) / 1_000
  return { seed: plan.seed, ...told, seconds, home: isLeft ? home : undefined }
}
