/** What an init, and the release of what it acquired, should look like: arithmetic on times, no fibers. */
import { BOUND_MS, type Line, type ModulePlan } from "./generators.ts"

/** Something that ends an init from outside: its caller is interrupted, or a shutdown begins. */
export interface Stop {
  readonly atMs: number
  readonly how: "interrupt" | "shutdown"
}

export interface Expected {
  readonly lines: ReadonlyArray<Line>
  readonly outcome:
    | "up"
    | "stopped"
    | { readonly tag: "ModuleInitFailed" | "ModuleInitTimeout"; readonly module: string }
  /** When the init, or what ended it, has answered. */
  readonly endMs: number
}

const LEAST_MS = 50

/** The bound of a release that begins now: what is left of the deadline when those before it have had theirs. */
export const releaseBoundMs = (
  plans: ReadonlyArray<ModulePlan>,
  index: number,
  nowMs: number,
  deadlineMs: number
): number => {
  const own = Math.max(BOUND_MS, plans[index]?.reservedMs ?? 0)
  const kept = plans.slice(0, index).reduce((sum, plan) => sum + Math.max(LEAST_MS, plan.reservedMs), 0)
  return Math.max(LEAST_MS, Math.min(own, deadlineMs - nowMs - kept))
}

const round = (ms: number) => Math.round(ms * 1_000) / 1_000

export class Modules {
  readonly lines: Array<Line> = []
  private readonly plans: ReadonlyArray<ModulePlan>

  constructor(plans: ReadonlyArray<ModulePlan>) {
    this.plans = plans
  }

  note(atMs: number, event: Line[1], index: number): void {
    this.lines.push([round(atMs), event, `m${index}`])
  }

  /** Releases the first `count` modules in reverse; answers with when teardown was done. */
  releaseAll(count: number, fromMs: number, deadlineMs: number): number {
    let nowMs = fromMs
    for (let index = count - 1; index >= 0; index--) nowMs = this.release(index, nowMs, deadlineMs)
    return nowMs
  }

  /** A release that passes its bound is left behind: it still ends, only nobody waits for it. */
  release(index: number, fromMs: number, deadlineMs: number): number {
    const plan = this.plans[index]
    if (plan === undefined) return fromMs
    this.note(fromMs, "down", index)
    const takesMs =
      plan.release.kind === "slow" ? plan.release.ms : plan.release.kind === "hang" ? Infinity : 0
    if (takesMs < Infinity) this.note(fromMs + takesMs, "end", index)
    return fromMs + Math.min(takesMs, releaseBoundMs(this.plans, index, fromMs, deadlineMs))
  }

  /** What was written down, in the order of time; at the same instant in the order it was caused. */
  sorted(): ReadonlyArray<Line> {
    return this.lines.toSorted(([a], [b]) => a - b)
  }
}

/** When module `index`, begun at `fromMs`, is up by itself; undefined where it never is. */
const upAt = (plan: ModulePlan, fromMs: number): number | undefined => {
  switch (plan.init.kind) {
    case "fast":
      return fromMs
    case "slow":
    case "late":
      return fromMs + plan.init.ms
    case "hang":
    case "deaf":
      return Infinity
    case "defect":
    case "fail":
    case "interrupt":
      return undefined
  }
}

/** Ends module `index`'s init at `nowMs` from outside; answers with when that was over. */
const abandon = (
  modules: Modules,
  plans: ReadonlyArray<ModulePlan>,
  index: number,
  at: { readonly nowMs: number; readonly upMs: number; readonly deadlineMs: number }
): number => {
  const kind = plans[index]?.init.kind
  if (kind === "slow" || kind === "hang") {
    modules.note(at.nowMs, "end", index)
    return at.nowMs
  }
  const lastMs = at.nowMs + releaseBoundMs(plans, index, at.nowMs, at.deadlineMs)
  if (at.upMs === Infinity) return lastMs
  modules.note(at.upMs, "up", index)
  return Math.min(lastMs, modules.release(index, at.upMs, at.deadlineMs))
}

/** Brings the modules up, one after the other, until one is in the way or it is stopped. */
export const expectedInit = (
  plans: ReadonlyArray<ModulePlan>,
  stop: Stop | undefined,
  shutdownTimeoutMs: number
): Expected => {
  const modules = new Modules(plans)
  const stopMs = stop?.atMs ?? Infinity
  const deadlineMs = stop?.how === "shutdown" ? stopMs + shutdownTimeoutMs : Infinity
  const rollBack = (count: number, fromMs: number) => modules.releaseAll(count, fromMs, deadlineMs)
  let nowMs = 0
  for (const [index, plan] of plans.entries()) {
    modules.note(nowMs, "begin", index)
    const upMs = upAt(plan, nowMs)
    const boundMs = nowMs + BOUND_MS
    if (upMs !== undefined && Math.min(upMs, boundMs) > stopMs) {
      const freeMs = abandon(modules, plans, index, { nowMs: stopMs, upMs, deadlineMs })
      const endMs = rollBack(index, freeMs)
      return { lines: modules.sorted(), outcome: "stopped", endMs }
    }
    if (upMs === undefined) {
      modules.note(nowMs, "end", index)
      const endMs = rollBack(index, nowMs)
      return { lines: modules.sorted(), outcome: { tag: "ModuleInitFailed", module: plan.name }, endMs }
    }
    if (upMs > boundMs) {
      const freeMs = abandon(modules, plans, index, { nowMs: boundMs, upMs, deadlineMs: Infinity })
      const endMs = rollBack(index, freeMs)
      return { lines: modules.sorted(), outcome: { tag: "ModuleInitTimeout", module: plan.name }, endMs }
    }
    nowMs = upMs
    modules.note(nowMs, "up", index)
  }
  const endMs = stop === undefined ? nowMs : rollBack(plans.length, Math.max(nowMs, stopMs))
  return { lines: modules.sorted(), outcome: "up", endMs }
}
