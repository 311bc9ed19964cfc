/** Runs the seeds it is sent, one after the other, in a process of its own. */
import { Cause, Effect, Exit } from "effect"
import { runSeed } from "../swarm/seed.ts"
import type { Outcome } from "./report.ts"

export interface Order {
  readonly seed: number
  readonly hours: number
}

const cpuMs = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1_000
}

/** Runs one seed; what breaks the simulation itself is a problem of the seed. */
export const outcomeOf = async (order: Order, tell?: (line: string) => void): Promise<Outcome> => {
  const beganMs = cpuMs()
  const exit = await Effect.runPromiseExit(runSeed(tell === undefined ? order : { ...order, tell }))
  if (Exit.isSuccess(exit)) {
    const { tables: _, ...result } = exit.value
    return { ...result, cpuMs: cpuMs() - beganMs }
  }
  const problem = `seed ${order.seed}: the simulation broke: ${Cause.pretty(exit.cause)}`
  return {
    seed: order.seed,
    problems: [problem],
    digest: "",
    injected: {},
    counts: {},
    cpuMs: cpuMs() - beganMs
  }
}

const answer = async (order: Order): Promise<void> => {
  process.send?.(await outcomeOf(order))
  // The dead hold their files open until they are collected.
  globalThis.gc?.()
}

/** Takes orders from the parent process until it lets go. */
export const work = (): void => {
  process.on("message", (order: Order) => {
    void answer(order)
  })
  process.on("disconnect", () => process.exit())
}
