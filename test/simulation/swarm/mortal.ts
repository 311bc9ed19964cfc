/** The time and the processor of one process: it can be paused, its wall clock put, and it can be killed. */
import { Clock, Effect, type Scheduler } from "effect"
import type { DiscreteEventTime } from "../../../src/virtual-time/discrete-event.ts"

type Task = readonly [task: () => void, priority: number]

export class Mortal implements Scheduler.Scheduler {
  /** The wall clock less the true time. */
  skewMs = 0
  isDead = false
  #held: Array<Task> | undefined
  readonly #time: DiscreteEventTime

  constructor(time: DiscreteEventTime) {
    this.#time = time
  }

  /** Nothing of the process runs any more, not even a finalizer. */
  kill(): void {
    this.isDead = true
    this.#held = undefined
  }

  pause(): void {
    this.#held ??= []
  }

  resume(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const [task, priority] of held) this.scheduleTask(task, priority)
  }

  shouldYield(fiber: Parameters<Scheduler.Scheduler["shouldYield"]>[0]): number | false {
    return this.isDead || this.#held !== undefined ? 0 : this.#time.scheduler.shouldYield(fiber)
  }

  scheduleTask(task: () => void, priority: number): void {
    if (this.isDead) return
    if (this.#held !== undefined) this.#held.push([task, priority])
    else {
      this.#time.scheduler.scheduleTask(() => {
        if (this.isDead) return
        if (this.#held === undefined) task()
        else this.#held.push([task, priority])
      }, priority)
    }
  }

  /** Wall time is put forward and back; the monotonic clock and all sleep are not. */
  get clock(): Clock.Clock {
    const { clock } = this.#time
    const millis = () => clock.unsafeCurrentTimeMillis() + this.skewMs
    return { ...clock, unsafeCurrentTimeMillis: millis, currentTimeMillis: Effect.sync(millis) }
  }
}
