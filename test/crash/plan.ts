/** What a run's seed draws: the market, the faults, how the daemon trades, and where it is killed. */
import { Chance } from "./chance.ts"
import {
  FIRST_POINTS,
  type Point,
  SETTLING_POINTS,
  STOPPING_POINTS,
  TRADING_POINTS,
  isOfTheEnd,
  isOfTheStop
} from "./points.ts"

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
  /** Market seconds per real second: slow, so that one window sees many orders, or fast, so that windows end. */
  readonly speed: number
  /** Real time a life that is up has to come to its point, before it is killed wherever it is. */
  readonly pointLimitMs: number
  readonly kills: ReadonlyArray<Kill>
  /** Market time between the exchange's start and that of the first window that is traded, seconds. */
  readonly startsBeforeS: number
  readonly orderType: "GTC" | "FAK" | "FOK"
  readonly faults: ReadonlyArray<object>
}

/** Each with its own chance to strike while the exchange lives; times are the market's. */
const faultsAt = (speed: number): ReadonlyArray<object> => [
  { kind: "latency", p: 0.3, minMs: 20 * speed, maxMs: 300 * speed, routes: ["POST /*", "DELETE /*"] },
  { kind: "timeout-executed", p: 0.1, hangMs: 3_000 * speed, routes: ["POST /order"] },
  { kind: "timeout-not-executed", p: 0.1, hangMs: 3_000 * speed, routes: ["POST /order"] },
  { kind: "server-error", p: 0.1, text: FAILED, executed: true, routes: ["POST /order"] },
  { kind: "server-error", p: 0.1, text: FAILED, executed: false, routes: ["DELETE /*"] },
  { kind: "rate-limit", p: 0.05, retryAfterS: 1, routes: ["POST /order", "DELETE /*", "GET /data/*"] },
  { kind: "failed-trades", p: 0.2, afterMs: 100 * speed, fate: "failed" },
  { kind: "failed-trades", p: 0.2, afterMs: 100 * speed, fate: "retrying" },
  { kind: "ghost-fills", p: 0.1, afterMs: 100 * speed },
  { kind: "duplicate-events", p: 0.3, channels: ["/ws/user"] },
  { kind: "reorder-events", p: 0.3, channels: ["/ws/user"] },
  { kind: "drop-events", p: 0.3, channels: ["/ws/user"] },
  { kind: "restart", atMs: 30_000, forMs: 2_000 * speed, postOnlyForMs: 2_000 * speed },
  { kind: "closed-socket", atMs: 30_000, forMs: 2_000, code: 1006, channels: ["/ws/user"] }
]
const FAILED = "could not run the execution"

const atPoint = (chance: Chance, points = TRADING_POINTS): Kill => {
  const { most, point } = chance.pick(points)
  return { _tag: "AtPoint", point, count: chance.whole(1, most) }
}

const stoppingAtPoint = (chance: Chance): Kill => {
  const { most, point } = chance.pick(STOPPING_POINTS)
  return { _tag: "StoppingAtPoint", point, count: chance.whole(1, most) }
}

const killOf = (chance: Chance, life: number, isFast: boolean): Kill => {
  if (life === 0 && chance.is(0.1)) return atPoint(chance, FIRST_POINTS)
  if (isFast && chance.is(0.4)) return atPoint(chance, SETTLING_POINTS)
  const drawn = chance.real()
  if (drawn < 0.65) return atPoint(chance)
  if (drawn < 0.78) return stoppingAtPoint(chance)
  if (drawn < 0.82) return { _tag: "Stopping", ms: chance.whole(0, 150) }
  if (drawn < 0.9) return { _tag: "AfterStart", ms: chance.whole(300, 4_000) }
  return { _tag: "Trading", ms: chance.whole(0, 2_500) }
}

const killAt = (point: Point): Kill =>
  isOfTheStop(point) ? { _tag: "StoppingAtPoint", point, count: 1 } : { _tag: "AtPoint", point, count: 1 }

/** The plan of a seed with so many kills: each at the given point, or wherever the seed says. */
export const planOf = (seed: number, kills: number, at?: Point): Plan => {
  const chance = new Chance(seed)
  const isFast = chance.is(0.25) || (at !== undefined && isOfTheEnd(at))
  const speed = isFast ? 10 : 1
  return {
    seed,
    speed,
    pointLimitMs: isFast ? 15_000 : 5_000,
    kills: Array.from({ length: kills }, (_, life) =>
      at === undefined ? killOf(chance, life, isFast) : killAt(at)
    ),
    startsBeforeS: chance.whole(3, 15),
    orderType: chance.pick(["GTC", "GTC", "FAK", "FOK"]),
    faults: faultsAt(speed).filter(() => chance.is(0.25))
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
