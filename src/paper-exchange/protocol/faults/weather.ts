/** Which faults act at a moment, by their own dice. */
import { Clock, Effect, Random } from "effect"
import type { FaultOf, Kind } from "./kinds.ts"
import type { FaultScript } from "./script.ts"

/** A fault of the script in the exchange's time. */
export interface Scheduled<K extends Kind> {
  readonly fault: FaultOf<K>
  readonly fromMs: number
  readonly untilMs: number
  /** Draws with the fault's probability. */
  readonly strikes: Effect.Effect<boolean>
  /** A number from 0 to 1. */
  readonly draw: Effect.Effect<number>
}

export const isActive = <K extends Kind>({ fromMs, untilMs }: Scheduled<K>, nowMs: number): boolean =>
  fromMs <= nowMs && nowMs < untilMs

export class Weather {
  private readonly scheduled: ReadonlyArray<Scheduled<Kind>>

  /** A script whose times count from `startMs`. Every fault has dice of its own: none changes what another one does. */
  constructor(script: FaultScript, startMs: number, seed: number) {
    this.scheduled = script.map((fault, index) => {
      const random = Random.make(`${seed} ${index}`)
      const fromMs = startMs + fault.atMs
      return {
        fault,
        fromMs,
        untilMs: fromMs + fault.forMs,
        draw: random.next,
        strikes: Effect.map(random.next, (number) => number < fault.p)
      }
    })
  }

  all<K extends Kind>(kind: K): ReadonlyArray<Scheduled<K>> {
    return this.scheduled.filter((each): each is Scheduled<Kind> & Scheduled<K> => each.fault.kind === kind)
  }

  /** Those that happen at all, where the probability is about the fault as a whole. */
  happening<K extends Kind>(kind: K): Effect.Effect<ReadonlyArray<Scheduled<K>>> {
    return Effect.filter(this.all(kind), ({ strikes }) => strikes)
  }
}

/** The first of these faults that acts now and strikes; undefined where none does. */
export const striking = <K extends Kind>(
  scheduled: ReadonlyArray<Scheduled<K>>,
  concerns: (fault: FaultOf<K>) => boolean
): Effect.Effect<Scheduled<K> | undefined> =>
  Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    for (const each of scheduled)
      if (isActive(each, nowMs) && concerns(each.fault) && (yield* each.strikes)) return each
    return undefined
  })
