/** What must hold for every run that ends. */
import { expect } from "vitest"
import type { Summary } from "../../../src/composition/summary.ts"
import type { Ended, Line } from "./daemon.ts"

/** Micro-dollars of a decimal string, exactly; anything else than up to six decimals is an error. */
export const micro = (text: string): bigint => {
  const match = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text)
  if (match === null) throw new Error(`"${text}" is no amount of dollars`)
  const [, sign = "", whole = "", fraction = ""] = match
  const value = BigInt(whole + fraction.padEnd(6, "0"))
  return sign === "-" ? -value : value
}

/** Start cash + realized P&L − fees − cost of what is held = cash, to the micro-dollar. */
export const expectMoneyReconciles = (summary: Summary): void => {
  const cost = summary.positions.reduce((sum, { costUsd }) => sum + micro(costUsd), 0n)
  const expected =
    micro(summary.startCashUsd ?? "not told") + micro(summary.realizedPnlUsd) - micro(summary.feesUsd) - cost
  expect(micro(summary.cashUsd)).toBe(expected)
  expect(micro(summary.netPnlUsd)).toBe(micro(summary.realizedPnlUsd) - micro(summary.feesUsd))
}

/** Every due tick is in exactly one counter. */
export const expectTicksAddUp = ({ ticks }: Summary): void => {
  expect(ticks.completed + ticks.failed + ticks.skippedOverlap + ticks.skippedPaused).toBe(ticks.due)
}

const modulesOf = (lines: ReadonlyArray<Line>, event: string): ReadonlyArray<string> =>
  lines.filter((line) => line.event === event).map(({ module }) => module)

/**
 * Modules went down in the reverse of their way up, nothing was sent after the stop began (but by a tick that was at it,
 * where the venue takes its time), and the last line says how it ended.
 */
export const expectOrderlyEnd = (ended: Ended, exitCode = 0, isVenueSlow = false): void => {
  expect({ code: ended.code, signal: ended.signal, stderr: ended.stderr }).toEqual({
    code: exitCode,
    signal: null,
    stderr: ""
  })
  const { lines } = ended
  expect(modulesOf(lines, "module_shutdown")).toEqual(modulesOf(lines, "module_ready").toReversed())
  const begun = lines.findIndex(({ event }) => event === "orchestrator_shutdown_start")
  expect(begun).toBeGreaterThan(0)
  const sentAfter = isVenueSlow
    ? lines.findIndex(({ event }, index) => index > begun && event === "module_shutdown")
    : begun
  expect(lines.slice(sentAfter).filter(({ event }) => event === "order_sent")).toEqual([])
  expect(lines.at(-1)).toMatchObject({
    event: "orchestrator_shutdown_complete",
    module: "orchestrator",
    exitCode,
    result: expect.any(String),
    phases: expect.stringMatching(/^stop-loop .*inflight .*cancel-orders .*modules .*report /)
  })
}

const PHASES = ["stop-loop", "inflight", "cancel-orders", "modules", "report"]
  .map((name) => `${name} [\\d.]+ ms (done|cut|failed|skipped)`)
  .join(", ")

/** The last line of a log, in JSON or as text, says how it ended, how long each phase took, and the code the process left with. */
export const expectLastWords = (ended: Ended, exitCode: number, result: string): void => {
  expect(ended.code).toBe(exitCode)
  const last = ended.stdout.trimEnd().split("\n").at(-1) ?? ""
  const line = ended.lines.at(-1)
  if (line === undefined) {
    const text = result.includes(" ") ? `"${result}"` : result
    expect(last).toContain(` orchestrator_shutdown_complete result=${text} exitCode=${exitCode} reason=`)
    expect(last).toMatch(new RegExp(`phases="${PHASES}"$`))
  } else {
    expect(last).toBe(JSON.stringify(line))
    expect(line).toMatchObject({ event: "orchestrator_shutdown_complete", result, exitCode })
    expect(line["phases"]).toMatch(new RegExp(`^${PHASES}$`))
  }
}
