/**
 * The error policy as a monitor: it is shown what happens, line by line, and says of each line whether it may happen now,
 * and of each that did not come that it is missing. It knows times only as bounds, for the backoff is jittered.
 */
import { type Attempt, type Ending, attemptOf, judge } from "./attempts.ts"

export interface StepPlan {
  readonly module: string
  readonly operation: string
  readonly capability: "enter" | undefined
  readonly story: ReadonlyArray<Attempt>
}

export interface PolicyPlan {
  readonly maxRetryAttempts: number
  readonly retryBackoffMs: number
  readonly escalateAfterFailures: number
  readonly fatalAfterFailures: number
  readonly stepTimeoutMs: number
}

/** Longest wait before a further try, waits for the venue's sake, and the time until a step that holds itself back is tried. */
const LONGEST_MS = 60_000
const VENUE_WAITS = 60
const PROBE_MS = 60_000
const NEARLY_MS = 0.01

interface Window {
  readonly tick: number
  readonly fromMs: number
  readonly toMs: number
}

/** What is known of a step: its attempts so far and what is due of it. */
export class StepMonitor {
  attempts = 0
  isFailing = false
  failures = 0
  lastFailureMs = -Infinity
  holdsSinceMs = Infinity
  retry: Window | undefined
  tries = 0
  venueWaits = 0
  readonly occurrences = new Map<string, number>()
  readonly plan: StepPlan

  constructor(plan: StepPlan) {
    this.plan = plan
  }

  get holds(): boolean {
    return this.holdsSinceMs < Infinity
  }
}

export interface LastError {
  readonly module: string
  readonly operation: string
  readonly code: string
  readonly category: string
  readonly occurrences: number
}

export interface Condition {
  readonly status: "ready" | "degraded" | "error"
  readonly sinceMs: number
  readonly consecutiveFailures: number
}

const isPowerOfTen = (count: number) => Number.isInteger(Math.log10(count))

export class RetryMonitor {
  readonly steps: ReadonlyArray<StepMonitor>
  errorCount = 0
  recoveryCount = 0
  lastError: LastError | undefined
  /** Lines that the log should have of failures. */
  logged = 0
  /** The error that ends the daemon. */
  fatal: string | undefined
  private fatalMs = Infinity
  private readonly conditions = new Map<string, Condition>()
  private readonly plan: PolicyPlan
  private tick: number | undefined
  private cursor = 0
  private running: StepMonitor | undefined
  private retriedTick = 0
  /** Times at which a hold was given up. */
  private readonly releasedMs: Array<number> = []
  /** The time since which somebody has held the permit without a gap, and until when. */
  private busy = { fromMs: -Infinity, toMs: -Infinity }

  constructor(plan: PolicyPlan, steps: ReadonlyArray<StepPlan>) {
    this.plan = plan
    this.steps = steps.map((step) => new StepMonitor(step))
    for (const { module } of steps) {
      this.conditions.set(module, { status: "ready", sinceMs: 0, consecutiveFailures: 0 })
    }
  }

  private take(atMs: number): void {
    if (this.busy.toMs === Infinity) throw new Error(`at ${atMs}: two at once`)
    if (this.busy.toMs < atMs - NEARLY_MS) this.busy = { fromMs: atMs, toMs: Infinity }
    else this.busy = { ...this.busy, toMs: Infinity }
  }

  onTick(atMs: number, tick: number): void {
    if (this.fatal !== undefined) throw new Error(`at ${atMs}: a tick after ${this.fatal}`)
    this.settleWindows(atMs)
    this.take(atMs)
    this.tick = tick
    this.cursor = 0
  }

  onTock(atMs: number): void {
    this.passOver(this.steps.length, atMs)
    this.tick = undefined
    this.busy = { ...this.busy, toMs: atMs }
  }

  onBegin(atMs: number, index: number, tick: number): void {
    const step = this.step(index)
    if (this.tick === undefined) {
      this.settleWindows(atMs, step)
      this.checkRetry(step, atMs, tick)
      this.take(atMs)
    } else {
      this.passOver(index, atMs)
      const why = this.whyNot(step, atMs)
      if (why !== undefined || tick !== this.tick)
        throw new Error(`at ${atMs}: ${index} in a tick, but ${why}`)
      this.cursor = index + 1
    }
    step.retry = undefined
    this.running = step
  }

  onEnd(atMs: number, index: number): void {
    const step = this.step(index)
    if (this.running !== step) throw new Error(`at ${atMs}: the end of ${index}, which does not run`)
    this.running = undefined
    const attempt = attemptOf(step.plan.story, step.attempts++, index)
    const ending = judge(attempt, step.plan, this.plan.stepTimeoutMs)
    if (ending === undefined) this.recover(step, atMs)
    else this.fail(step, attempt, ending, atMs)
    this.judgeModule(step.plan.module, atMs)
    if (this.tick === undefined) this.busy = { ...this.busy, toMs: atMs }
  }

  private step(index: number): StepMonitor {
    const step = this.steps[index]
    if (step === undefined) throw new Error(`no step ${index}`)
    return step
  }

  private recover(step: StepMonitor, atMs: number): void {
    if (step.holds) this.releasedMs.push(atMs)
    if (step.isFailing) this.recoveryCount++
    step.isFailing = false
    step.failures = 0
    step.holdsSinceMs = Infinity
    step.occurrences.clear()
    step.tries = step.venueWaits = 0
  }

  private report(step: StepMonitor, key: string, error: Omit<LastError, "occurrences">): void {
    const occurrences = (step.occurrences.get(key) ?? 0) + 1
    step.occurrences.set(key, occurrences)
    this.errorCount++
    if (isPowerOfTen(occurrences)) this.logged++
    this.lastError = { ...error, occurrences }
  }

  private fail(step: StepMonitor, attempt: Attempt, ending: Ending, atMs: number): void {
    const { category, code, module, operation } = ending
    const kind = attempt.kind === "hang" || attempt.kind === "deaf" ? "timeout" : attempt.kind
    const key = code === "EXECUTION_LOOP_ERROR" ? kind : code
    this.report(step, key, { category, code, module, operation })
    step.isFailing = true
    step.lastFailureMs = atMs
    if (category === "fatal") {
      if (this.fatal === undefined) this.fatalMs = atMs
      this.fatal ??= code
      return
    }
    if (category === "maintenance") step.holdsSinceMs = Math.min(step.holdsSinceMs, atMs)
    step.retry = this.windowAfter(step, ending, atMs)
    if (step.retry === undefined) this.giveUp(step, atMs)
  }

  private windowAfter(step: StepMonitor, ending: Ending, atMs: number): Window | undefined {
    // A retry has the number of the tick that first failed.
    const tick = this.tick ?? this.retriedTick
    if (ending.category === "transient" && step.tries < this.plan.maxRetryAttempts) {
      const meanMs = this.plan.retryBackoffMs * 2 ** step.tries++
      const after = (factor: number) => atMs + Math.min(LONGEST_MS, meanMs * factor)
      return { tick, fromMs: after(0.8), toMs: after(1.2) }
    }
    const isVenues = ending.category === "rate-limited" || ending.category === "maintenance"
    if (!isVenues || step.venueWaits >= VENUE_WAITS) return undefined
    step.venueWaits++
    return { tick, fromMs: atMs + ending.waitMs, toMs: atMs + ending.waitMs }
  }

  private giveUp(step: StepMonitor, atMs: number): void {
    const { escalateAfterFailures, fatalAfterFailures } = this.plan
    step.tries = step.venueWaits = 0
    step.failures++
    if (step.failures >= escalateAfterFailures) step.holdsSinceMs = Math.min(step.holdsSinceMs, atMs)
    if (fatalAfterFailures > 0 && step.failures >= fatalAfterFailures && this.fatal === undefined) {
      this.fatal = "ORCHESTRATOR_FATAL_ERROR"
      this.fatalMs = atMs
      const { module, operation } = step.plan
      this.report(step, this.fatal, { module, operation, code: this.fatal, category: "fatal" })
    }
  }

  private holdOfOthers(step: StepMonitor): number {
    const others = this.steps.filter((other) => other !== step).map(({ holdsSinceMs }) => holdsSinceMs)
    return Math.min(...others, Infinity)
  }

  /** Why a step is not due in a tick; undefined where it is. */
  private whyNot(step: StepMonitor, atMs: number): string | undefined {
    if (step.retry !== undefined) return "it waits for its next try"
    if (step.plan.capability === undefined) return undefined
    if (this.holdOfOthers(step) < Infinity) return "another step holds entries back"
    if (this.fatal !== undefined) return "the daemon ends"
    return step.holds && atMs - step.lastFailureMs < PROBE_MS ? "it holds itself back" : undefined
  }

  private passOver(toIndex: number, atMs: number): void {
    for (; this.cursor < toIndex; this.cursor++) {
      if (this.whyNot(this.step(this.cursor), atMs) === undefined)
        throw new Error(`at ${atMs}: step ${this.cursor} is missing in tick ${this.tick}`)
    }
  }

  private isLate(step: StepMonitor, atMs: number): boolean {
    const window = step.retry
    if (window === undefined || atMs <= window.toMs + NEARLY_MS) return false
    // Whoever held the permit when it was due, and those who waited before it, excuse it until they are done.
    const isQueued = this.busy.fromMs <= window.toMs + NEARLY_MS && atMs <= this.busy.toMs + NEARLY_MS
    return !isQueued
  }

  private checkRetry(step: StepMonitor, atMs: number, tick: number): void {
    const { retry } = step
    const isHeldByOthers = this.holdOfOthers(step) < atMs - NEARLY_MS || this.fatal !== undefined
    const isHeld = step.plan.capability !== undefined && isHeldByOthers
    // Who waited for the permit may get it in the instant in which the daemon begins to end.
    const isOver = atMs > this.fatalMs + NEARLY_MS
    const isEarly = retry !== undefined && atMs < retry.fromMs - NEARLY_MS
    if (retry?.tick !== tick || isEarly || isHeld || isOver || this.isLate(step, atMs)) {
      throw new Error(`at ${atMs}: no try of ${step.plan.operation} is due, but ${JSON.stringify(retry)}`)
    }
    this.retriedTick = tick
  }

  /** A try whose time has passed is missing, unless somebody held it back: then it is left to the next tick. */
  private settleWindows(atMs: number, but?: StepMonitor): void {
    for (const step of this.steps) {
      if (step === but || !this.isLate(step, atMs)) continue
      if (step.plan.capability === undefined || !this.wasHeld(step)) {
        throw new Error(
          `at ${atMs}: a try of ${step.plan.operation} is missing: ${JSON.stringify(step.retry)}`
        )
      }
      step.retry = undefined
      step.tries = step.venueWaits = 0
    }
  }

  private wasHeld(step: StepMonitor): boolean {
    const from = step.retry?.fromMs ?? Infinity
    return (
      this.holdOfOthers(step) < Infinity ||
      this.releasedMs.some((releasedMs) => releasedMs >= from - NEARLY_MS)
    )
  }

  private judgeModule(module: string, atMs: number): void {
    const failing = this.steps.filter(({ isFailing, plan }) => isFailing && plan.module === module)
    const consecutiveFailures = Math.max(0, ...failing.map(({ failures }) => failures))
    const isInError = consecutiveFailures >= this.plan.escalateAfterFailures
    const status = failing.length === 0 ? "ready" : isInError ? "error" : "degraded"
    const before = this.conditions.get(module)
    const sinceMs = before?.status === status ? before.sinceMs : atMs
    this.conditions.set(module, { status, sinceMs, consecutiveFailures })
  }

  get modules(): Readonly<Record<string, Condition>> {
    return Object.fromEntries(this.conditions)
  }

  /** Who holds entries back. */
  get holders(): ReadonlyArray<string> {
    const own = this.steps.filter(({ holds }) => holds).map(({ plan }) => `${plan.module}.${plan.operation}`)
    return [...own, ...(this.fatal === undefined ? [] : ["orchestrator.end"])].toSorted()
  }
}
