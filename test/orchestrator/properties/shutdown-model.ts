/** What a shutdown should take and say: arithmetic on times, no fibers. */
import type { ModulePlan } from "./generators.ts"
import { releaseBoundMs } from "./model.ts"

/** Something that ends by itself after so long, or never. */
export interface Wait {
  readonly ms: number
  /** Whether it can be interrupted: makes no difference to who waits for it. */
  readonly deaf: boolean
}

export interface ShutdownPlan {
  readonly modules: ReadonlyArray<ModulePlan>
  readonly shutdownTimeoutMs: number
  readonly inflightTimeoutMs: number
  readonly askedMs: number
  /** The tick begins with the loop, at 0. */
  readonly tick: Wait
  readonly cancel: (Wait & { readonly answer: "verified" | "unverified" | "fails" | "dies" }) | undefined
  readonly onShutdown: Wait
  readonly onReport: Wait
  /** Time from the begin of the shutdown to the second signal; Infinity for none. */
  readonly hurryAfterMs: number
}

export interface ExpectedShutdown {
  readonly outcomes: ReadonlyArray<string>
  readonly exitCode: number
  readonly endMs: number
  /** When each module's release begins, the last module first. */
  readonly downMs: ReadonlyArray<number>
}

const HOOK_MS = 1_000
const HURRIED_MS = 500

class Model {
  private readonly plan: ShutdownPlan
  private readonly hurryMs: number
  private readonly deadlineMs: number
  private nowMs: number
  private forced = false

  constructor(plan: ShutdownPlan) {
    this.plan = plan
    this.nowMs = plan.askedMs
    this.hurryMs = plan.askedMs + plan.hurryAfterMs
    this.deadlineMs = plan.askedMs + plan.shutdownTimeoutMs
  }

  /** Waits for something; true where it ended by itself. */
  private wait(takesMs: number, boundMs: number, hurriedMs: number): boolean {
    const freeMs = Math.min(this.nowMs + boundMs, Math.max(this.nowMs, this.hurryMs) + hurriedMs)
    const inTime = takesMs === 0 || this.nowMs + takesMs < freeMs
    this.nowMs = inTime ? this.nowMs + takesMs : freeMs
    return inTime
  }

  private get boundBeforeModules(): number {
    const leftMs = this.deadlineMs - this.nowMs
    const reservedMs = this.plan.modules.reduce((sum, { reservedMs: own }) => sum + Math.max(50, own), 0)
    return Math.max(leftMs * 0.2, Math.min(leftMs * 0.6, leftMs - reservedMs))
  }

  private inflight(): string {
    const { inflightTimeoutMs, tick } = this.plan
    const boundMs = Math.min(inflightTimeoutMs, this.boundBeforeModules)
    const ended = this.wait(Math.max(0, tick.ms - this.nowMs), boundMs, 0)
    if (ended) return "done"
    if (boundMs < inflightTimeoutMs || this.hurryMs <= this.nowMs) this.forced = true
    return "cut"
  }

  private cancel(): readonly [string, boolean] {
    const { cancel } = this.plan
    if (cancel === undefined) return ["skipped", true]
    if (!this.wait(cancel.ms, this.boundBeforeModules, HURRIED_MS)) return ["cut", false]
    const failed = cancel.answer === "fails" || cancel.answer === "dies"
    return [failed ? "failed" : "done", cancel.answer === "verified"]
  }

  private releases(): readonly [string, ReadonlyArray<number>] {
    const { modules } = this.plan
    const downMs: Array<number> = []
    let failed = false
    for (let index = modules.length - 1; index >= 0; index--) {
      const plan = modules[index]
      if (plan === undefined) continue
      downMs.push(this.nowMs)
      const boundMs = releaseBoundMs(modules, index, this.nowMs, this.deadlineMs)
      const takesMs =
        plan.release.kind === "slow" ? plan.release.ms : plan.release.kind === "hang" ? Infinity : 0
      const hurriedMs = Math.min(boundMs, Math.max(HURRIED_MS, plan.reservedMs))
      if (!this.wait(takesMs, boundMs, hurriedMs)) {
        failed = true
        if (boundMs < Math.max(5_000, plan.reservedMs) || this.hurryMs <= this.nowMs) this.forced = true
      } else if (plan.release.kind === "defect") failed = true
    }
    if (this.forced) return ["cut", downMs]
    return [failed ? "failed" : "done", downMs]
  }

  run(): ExpectedShutdown {
    this.wait(this.plan.onShutdown.ms, HOOK_MS, HURRIED_MS)
    const inflight = this.inflight()
    const [cancel, verified] = this.cancel()
    const [modules, downMs] = this.releases()
    this.wait(this.plan.onReport.ms, HOOK_MS, HURRIED_MS)
    return {
      outcomes: ["done", inflight, cancel, modules, "done"],
      exitCode: this.forced ? 3 : verified ? 0 : 2,
      endMs: this.nowMs,
      downMs
    }
  }
}

export const expectedShutdown = (plan: ShutdownPlan): ExpectedShutdown => new Model(plan).run()
