/** What a run's seed draws: the market, the faults, how the daemon trades, and where it is killed. */
import { Chance } from "./chance.ts"
import { FIRST_POINTS, type Point, STOPPING_POINTS, TRADING_POINTS } from "./points.ts"

/** How one life of the daemon ends. */
export type Kill =
  /** Where the program comes to a point for the n-th time. */
  | { readonly _tag: "AtPoint"; readonly point: Point; readonly count: number }
  /** So long after the daemon was started, in real milliseconds: while it comes up, or recovers. */
  | { readonly _tag: "AfterStart"; readonly ms: number }
  /** So long after its first order, in real milliseconds. */
  | { readonly _tag: "Trading"; readonly ms: number }
  /** So long after it was told to stop, in real milliseconds. */
  | { readonly _tag: "Stopping"; readonly ms: number }
  /** Told to stop, and killed where the stop comes to a point. */
  | { readonly _tag: "StoppingAtPoint"; readonly point: Point; readonly count: number }

export interface Plan {
  readonly seed: number
  readonly kills: ReadonlyArray<Kill>
  /** Market time between the exchange's start and the end of the first window, seconds. */
  readonly firstWindowEndsInS: number
  readonly orderType: "GTC" | "FAK" | "FOK"
  readonly faults: ReadonlyArray<object>
}

/** Each with its own chance to strike while the exchange lives; times are the market's. */
const FAULTS: ReadonlyArray<object> = [
  { kind: "latency", p: 0.3, minMs: 200, maxMs: 2_000, routes: ["POST /*", "DELETE /*"] },
  { kind: "timeout-executed", p: 0.1, hangMs: 15_000, routes: ["POST /order"] },
  { kind: "timeout-not-executed", p: 0.1, hangMs: 15_000, routes: ["POST /order"] },
  { kind: "server-error", p: 0.1, text: "could not run the execution", executed: true, routes: ["POST /order"] },
  { kind: "server-error", p: 0.1, text: "could not run the execution", executed: false, routes: ["DELETE /*"] },
  { kind: "rate-limit", p: 0.05, retryAfterS: 1, routes: ["* /*"] },
  { kind: "failed-trades", p: 0.2, afterMs: 1_000, fate: "failed" },
  { kind: "failed-trades", p: 0.2, afterMs: 1_000, fate: "retrying" },
  { kind: "ghost-fills", p: 0.1, afterMs: 1_000 },
  { kind: "duplicate-events", p: 0.3, channels: ["/ws/user"] },
  { kind: "reorder-events", p: 0.3, channels: ["/ws/user"] },
  { kind: "drop-events", p: 0.3, channels: ["/ws/user"] },
  { kind: "restart", atMs: 60_000, forMs: 10_000, postOnlyForMs: 10_000 },
  { kind: "closed-socket", atMs: 30_000, forMs: 2_000, code: 1006, channels: ["/ws/user"] }
]

const atPoint = (chance: Chance, points = TRADING_POINTS): Kill => {
  const { most, point } = chance.pick(points)
  return { _tag: "AtPoint", point, count: chance.whole(1, most) }
}

const stoppingAtPoint = (chance: Chance): Kill => {
  const { most, point } = chance.pick(STOPPING_POINTS)
  return { _tag: "StoppingAtPoint", point, count: chance.whole(1, most) }
}

const killOf = (chance: Chance, life: number): Kill => {
  if (life === 0 && chance.is(0.1)) return atPoint(chance, FIRST_POINTS)
  const drawn = chance.real()
  if (drawn < 0.6) return atPoint(chance)
  if (drawn < 0.7) return stoppingAtPoint(chance)
  if (drawn < 0.75) return { _tag: "Stopping", ms: chance.whole(0, 150) }
  if (drawn < 0.85) return { _tag: "AfterStart", ms: chance.whole(300, 2_500) }
  return { _tag: "Trading", ms: chance.whole(0, 2_500) }
}

/** The plan of a seed with so many kills. */
export const planOf = (seed: number, kills: number): Plan => {
  const chance = new Chance(seed)
  return {
    seed,
    kills: Array.from({ length: kills }, (_, life) => killOf(chance, life)),
    firstWindowEndsInS: chance.whole(60, 240),
    orderType: chance.pick(["GTC", "GTC", "FAK", "FOK"]),
    faults: FAULTS.filter(() => chance.is(0.25))
  }
}

/** A kill in words, for the report. */
export const killName = (kill: Kill): string => {
  switch (kill._tag) {
    case "AtPoint":
      return kill.point
    case "StoppingAtPoint":
      return `stopping, ${kill.point}`
    case "AfterStart":
      return "coming up, any moment"
    case "Trading":
      return "trading, any moment"
    case "Stopping":
      return "stopping, any moment"
  }
}
