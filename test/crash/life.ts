/** One life of the daemon: until it is killed, or until it has recovered and stopped. */
import { existsSync } from "node:fs"
import type { Daemon, Ended } from "../process/support/daemon.ts"
import { draftsIn } from "./backups.ts"
import { type Ground, markOf, startDaemon } from "./ground.ts"
import { type Journal, doubtsIn, readJournal } from "./journal.ts"
import { type Kill, isAtBackup, killName, makesBackups } from "./plan.ts"
import { until, within } from "./waiting.ts"

/** Real time that a life has to come up. */
const UP_LIMIT_MS = 30_000
/** Real time that a restarted daemon has to settle everything. */
const SETTLE_LIMIT_MS = 60_000
/** Real time until a restarted daemon has made its first backup. */
const BACKUP_LIMIT_MS = 30_000
/** Exit code of a stop that could not make sure what it left at the venue. */
const UNVERIFIED = 2
/** Starts that a supervisor tries. */
const STARTS = 5

/** What a daemon that recovered and was stopped has left. */
export interface Recovered {
  readonly journal: Journal
  readonly problems: ReadonlyArray<string>
}

/** Never rejects: that it ended is found out otherwise. */
const isOver = (daemon: Daemon): Promise<true> => daemon.ended.then(() => true)

const firstOrder = (daemon: Daemon): Promise<unknown> => daemon.event("order_sent").catch(() => undefined)
const isUp = (daemon: Daemon): Promise<unknown> =>
  daemon.event("execution_loop_started").catch(() => undefined)

/** What arms preload/points.mjs. */
const armed = (kill: Kill, mark: string): Readonly<Record<string, string>> =>
  "point" in kill
    ? {
        CRASH_AT: `${kill.point}#${kill.count}`,
        CRASH_MARK: mark,
        ...(kill._tag === "StoppingAtPoint" ? { CRASH_STOPPING: "1" } : {})
      }
    : {}

/** One life, from its start to SIGKILL; returns where it was killed, or what went wrong. */
export const live = async (
  ground: Ground,
  kill: Kill,
  attempt = 1
): Promise<{ readonly at: string; readonly ended: Ended }> => {
  const { plan } = ground
  const mark = markOf(ground)
  const daemon = await startDaemon(ground, { trades: true, backsUp: isAtBackup(kill) }, armed(kill, mark))
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
  if (!("point" in kill) || existsSync(mark)) return { at: killName(kill), ended }
  return {
    at: ended.signal === "SIGKILL" ? "any moment (its point never came)" : "ended before its point",
    ended
  }
}

/** A start that the venue's faults, or a machine too busy to answer, have spoilt is what a supervisor is there for. */
const isSpoiltStart = ({ code, lines }: Ended): boolean =>
  code === 1 &&
  lines.some(
    ({ cause, event }) =>
      event === "module_init_failed" && JSON.stringify(cause).includes("[cause]: ExchangeError")
  )

/** Nobody but SIGKILL, or a stop it was told to make, ends a daemon. */
export const endProblems = (ended: Ended): ReadonlyArray<string> => {
  const { code, lines, signal, stderr } = ended
  // SIGTERM itself ends one that is not far enough up to hear it.
  if (signal === "SIGKILL" || signal === "SIGTERM") return []
  if (code === 0 || code === UNVERIFIED || isSpoiltStart(ended)) return []
  const errors = lines.filter(({ level }) => level === "error" || level === "fatal").slice(-3)
  return [`the daemon ended with code ${code}: ${stderr.slice(0, 500)} ${JSON.stringify(errors)}`]
}

/** Starts the daemon without anything to buy, lets it settle, stops it; returns what it left. */
export const recover = async (ground: Ground, attempt = 1): Promise<Recovered> => {
  const { home, stateDir } = ground
  const backsUp = makesBackups(ground.plan)
  const daemon = await startDaemon(ground, { trades: false, backsUp })
  await Promise.race([isUp(daemon), isOver(daemon)])
  const settled = await Promise.race([
    until(SETTLE_LIMIT_MS, async () => (await doubtsIn(stateDir).catch(() => 1)) === 0),
    daemon.ended.then(() => false)
  ])
  if (settled && backsUp)
    await within(
      BACKUP_LIMIT_MS,
      daemon.event("journal_backed_up").catch(() => undefined)
    )
  daemon.signal("SIGTERM")
  const ended = await daemon.ended
  // Where faults spoilt the stop, it says so: whoever is told that starts it again.
  if ((isSpoiltStart(ended) || ended.code === UNVERIFIED) && attempt < STARTS)
    return recover(ground, attempt + 1)
  return {
    journal: await readJournal(home, stateDir),
    problems: [
      ...(backsUp ? draftsIn(stateDir) : []),
      ...(settled ? [] : [`not settled after ${SETTLE_LIMIT_MS / 1_000} s`]),
      ...endProblems(ended),
      ...(ended.code === 0
        ? []
        : [`after ${attempt} starts the stop of a recovered daemon ended with code ${ended.code}`])
    ]
  }
}
