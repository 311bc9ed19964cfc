/** What a run's seed draws: the market, the faults, how the daemon trades, and where it is killed. */
import { Chance } from "./chance.ts"
import {
  BACKUP_POINTS,
  CANCEL_POINTS,
  FIRST_POINTS,
  LOOP_POINTS,
  type Point,
  SETTLING_POINTS,
  STOPPING_POINTS,
  TRADING_POINTS,
  isOfTheBackup,
  isOfTheCancel,
  isOfTheStop,
  needsFastMarket
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

type OrderType = "GTC" | "FAK" | "FOK"

export interface Plan {
  readonly seed: number
  /** Market seconds per real second: slow, so that one window sees many orders, or fast, so that windows end. */
  readonly speed: number
  /** Real time a life that is up has to come to its point, before it is killed wherever it is. */
  readonly pointLimitMs: number
  readonly kills: ReadonlyArray<Kill>
  /** Market time between the exchange's start and that of the first window that is traded, seconds. */
  readonly startsBeforeS: number
  readonly orderType: OrderType
  /** Few large orders, which come to the limits of a window, or many small ones. */
  readonly orders: "large" | "small"
  readonly faults: ReadonlyArray<object>
}

/** Market seconds per real second where windows shall end: 15 seconds. */
const FAST = 20

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

type Points = typeof TRADING_POINTS

const atOneOf = (chance: Chance, points: Points, tag: "AtPoint" | "StoppingAtPoint" = "AtPoint"): Kill => {
  const { most, point } = chance.pick(points)
  return { _tag: tag, point, count: chance.whole(1, most) }
}

/** One of these, each as often as its weight says. */
const weighted = (
  chance: Chance,
  ...choices: ReadonlyArray<readonly [weight: number, kill: () => Kill]>
): Kill => {
  let left = chance.real() * choices.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, kill] of choices) {
    left -= weight
    if (left < 0) return kill()
  }
  return { _tag: "Trading", ms: 0 }
}

/** Points that a life in such a market is likely to come to: orders rest in slow ones, windows end in fast ones. */
const killOf = (chance: Chance, life: number, isFast: boolean, orderType: OrderType): Kill => {
  if (life === 0 && chance.is(0.4)) return atOneOf(chance, FIRST_POINTS)
  const rests = orderType === "GTC" && !isFast
  return weighted(
    chance,
    [isFast ? 20 : 55, () => atOneOf(chance, TRADING_POINTS)],
    [isFast ? 30 : 0, () => atOneOf(chance, SETTLING_POINTS)],
    [isFast ? 20 : 0, () => atOneOf(chance, BACKUP_POINTS)],
    [rests ? 20 : 0, () => atOneOf(chance, CANCEL_POINTS, "StoppingAtPoint")],
    [8, () => atOneOf(chance, LOOP_POINTS)],
    [9, () => atOneOf(chance, STOPPING_POINTS, "StoppingAtPoint")],
    [4, () => ({ _tag: "Stopping", ms: chance.whole(0, 150) })],
    [6, () => ({ _tag: "AfterStart", ms: chance.whole(300, 4_000) })],
    [8, () => ({ _tag: "Trading", ms: chance.whole(0, 2_500) })]
  )
}

const killAt = (point: Point): Kill =>
  isOfTheStop(point) ? { _tag: "StoppingAtPoint", point, count: 1 } : { _tag: "AtPoint", point, count: 1 }

/** The plan of a seed with so many kills: each at the given point, or wherever the seed says. */
export const planOf = (seed: number, kills: number, at?: Point): Plan => {
  const chance = new Chance(seed)
  const isFast = at === undefined ? chance.is(0.4) : needsFastMarket(at)
  const speed = isFast ? FAST : 1
  const orderType =
    at !== undefined && isOfTheCancel(at) ? "GTC" : chance.pick<OrderType>(["GTC", "GTC", "FAK", "FOK"])
  return {
    seed,
    speed,
    pointLimitMs: isFast ? 18_000 : 6_000,
    kills: Array.from({ length: kills }, (_, life) =>
      at === undefined ? killOf(chance, life, isFast, orderType) : killAt(at)
    ),
    startsBeforeS: chance.whole(1, 4) * speed,
    orderType,
    orders: chance.pick(["large", "small"]),
    faults: faultsAt(speed).filter(() => chance.is(0.25))
  }
}

/** Does a life of it make a backup? */
export const makesBackups = ({ kills }: Plan): boolean => kills.some(isAtBackup)
export const isAtBackup = (kill: Kill): boolean => "point" in kill && isOfTheBackup(kill.point)

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
