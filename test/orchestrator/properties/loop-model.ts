/**
 * The orchestrator as its users understand it: a stage, a loop on a grid, one tick at a time. Arithmetic on times, no
 * fibers; told of commands in the order of their times, it says what each answers and when.
 */
export const COMMANDS = ["init", "start", "stop", "pause", "resume", "getState", "shutdown"] as const
export type CommandName = (typeof COMMANDS)[number]

export interface Command {
  readonly atMs: number
  readonly name: CommandName
}

/** What getState should say of stage and loop. */
export interface Seen {
  readonly phase: string
  readonly initialized: boolean
  readonly running: boolean
  readonly paused: boolean
  readonly tickCount: number
  readonly tickInProgress: boolean
  readonly counters: {
    readonly due: number
    readonly completed: number
    readonly failed: number
    readonly skippedOverlap: number
    readonly skippedPaused: number
  }
}

export interface Answer {
  readonly name: CommandName
  readonly atMs: number
  endMs: number
  result: string
  seen?: Seen
}

export interface Tick {
  readonly number: number
  readonly beginMs: number
  readonly endMs: number
}

export interface Plan {
  readonly tickIntervalMs: number
  readonly initMs: number
  /** How long the n-th tick of a run takes, over and over. */
  readonly tickMs: ReadonlyArray<number>
}

type Stage = "idle" | "initializing" | "up" | "stopping" | "stopped"

const zero = { due: 0, completed: 0, failed: 0, skippedOverlap: 0, skippedPaused: 0 }

export class LoopModel {
  readonly ticks: Array<Tick> = []
  readonly answers: Array<Answer> = []
  private stage: Stage = "idle"
  private status: "stopped" | "running" | "paused" = "stopped"
  private counters = { ...zero }
  private tickCount = 0
  private nextTurnMs = Infinity
  private busyUntilMs = -Infinity
  private initEndMs = Infinity
  private stageEndMs = Infinity
  private initAnswer: Answer | undefined
  private readonly plan: Plan

  constructor(plan: Plan) {
    this.plan = plan
  }

  /** Lets everything happen that is due until then. */
  advance(untilMs: number): void {
    for (;;) {
      const tickEndMs = this.busyUntilMs === -Infinity ? Infinity : this.busyUntilMs
      const nextMs = Math.min(this.nextTurnMs, tickEndMs, this.initEndMs, this.stageEndMs)
      if (nextMs > untilMs) return
      if (nextMs === tickEndMs) {
        this.counters.completed++
        this.busyUntilMs = -Infinity
      } else if (nextMs === this.nextTurnMs) this.turn(nextMs)
      else if (nextMs === this.initEndMs) {
        this.initEndMs = Infinity
        this.stage = "up"
      }
      if (nextMs >= this.stageEndMs) {
        this.stageEndMs = Infinity
        this.stage = "stopped"
      }
    }
  }

  tell({ atMs, name }: Command): void {
    this.advance(atMs)
    const answer: Answer = { name, atMs, endMs: atMs, result: "ok" }
    this.answers.push(answer)
    switch (name) {
      case "init":
        return this.init(answer)
      case "start":
        return this.start(answer)
      case "stop":
        if (this.stage !== "up") return
        this.halt()
        answer.endMs = this.quietAtMs(atMs)
        return
      case "pause":
        if (this.stage === "up" && this.status === "running") this.status = "paused"
        return
      case "resume":
        if (this.stage === "up" && this.status === "paused") this.status = "running"
        return
      case "getState":
        answer.seen = this.seen
        return
      case "shutdown":
        return this.shutdown(answer)
    }
  }

  private init(answer: Answer): void {
    if (this.stage !== "idle" && this.stage !== "stopped") {
      answer.result = "ORCHESTRATOR_ALREADY_INITIALIZED"
      return
    }
    this.stage = "initializing"
    this.status = "stopped"
    this.counters = { ...zero }
    this.tickCount = 0
    this.initEndMs = answer.endMs = answer.atMs + this.plan.initMs
    this.initAnswer = answer
  }

  private start(answer: Answer): void {
    if (this.stage !== "up") {
      answer.result = "ORCHESTRATOR_NOT_INITIALIZED"
      return
    }
    if (this.status !== "stopped") return
    this.status = "running"
    this.turn(answer.atMs)
  }

  private shutdown(answer: Answer): void {
    if (this.stage === "stopped") return
    if (this.stage === "stopping") {
      answer.endMs = this.stageEndMs
      return
    }
    if (this.stage === "initializing" && this.initAnswer !== undefined) {
      this.initEndMs = Infinity
      this.initAnswer.endMs = answer.atMs
      this.initAnswer.result = "interrupted"
    }
    this.halt()
    this.stage = "stopping"
    this.stageEndMs = answer.endMs = this.quietAtMs(answer.atMs)
    this.advance(answer.atMs)
  }

  private halt(): void {
    this.status = "stopped"
    this.nextTurnMs = Infinity
  }

  private quietAtMs(nowMs: number): number {
    return Math.max(nowMs, this.busyUntilMs)
  }

  private turn(nowMs: number): void {
    this.nextTurnMs = nowMs + this.plan.tickIntervalMs
    this.counters.due++
    if (this.status === "paused") this.counters.skippedPaused++
    else if (this.busyUntilMs > nowMs) this.counters.skippedOverlap++
    else {
      const lasts = this.plan.tickMs[this.tickCount % this.plan.tickMs.length] ?? 0
      this.tickCount++
      this.busyUntilMs = nowMs + lasts
      this.ticks.push({ number: this.tickCount, beginMs: nowMs, endMs: this.busyUntilMs })
    }
  }

  private get seen(): Seen {
    const initialized = this.stage === "up"
    const upPhase = this.status === "stopped" ? "ready" : this.status
    return {
      phase: initialized ? upPhase : this.stage,
      initialized,
      running: initialized && this.status !== "stopped",
      paused: initialized && this.status === "paused",
      tickCount: this.tickCount,
      tickInProgress: this.busyUntilMs !== -Infinity,
      counters: { ...this.counters }
    }
  }
}
