/** The named points of preload/points.mjs, and how often a life comes to them. */

/** A point, and the highest count that a life of some seconds comes to. */
interface Occurrence {
  readonly point: string
  readonly most: number
}
export type Point = Occurrence["point"]

const around = (name: string, most: number, ...moments: ReadonlyArray<string>): ReadonlyArray<Occurrence> =>
  moments.map((moment) => ({ point: `${name}:${moment}`, most }))

/** Points of the first start on a new state directory. */
export const FIRST_POINTS: readonly [Occurrence, ...ReadonlyArray<Occurrence>] = [
  { point: "migration:middle", most: 1 },
  ...around("migration-commit", 1, "before", "after"),
  ...around("event-commit", 1, "before", "after")
]

/** Points of a daemon that trades. */
export const TRADING_POINTS: readonly [Occurrence, ...ReadonlyArray<Occurrence>] = [
  { point: "intent-commit:before", most: 5 },
  ...around("intent-commit", 5, "after"),
  ...around("intent", 5, "middle"),
  ...around("send", 5, "before", "sent", "answered", "heard"),
  ...around("outcome-commit", 5, "before", "after"),
  ...around("fill", 4, "middle"),
  ...around("fill-commit", 4, "before", "after"),
  ...around("question", 4, "before", "answered", "heard"),
  ...around("window-commit", 2, "before", "after"),
  ...around("tick-commit", 20, "before", "after")
]

/** Points that only the end of a window brings. */
export const SETTLING_POINTS: readonly [Occurrence, ...ReadonlyArray<Occurrence>] = [
  { point: "settlement:middle", most: 1 },
  ...around("settlement-commit", 1, "before", "after"),
  ...around("position-commit", 1, "before", "after")
]

/** Points that only a stop, or a resting order that is cancelled, comes to. */
export const STOPPING_POINTS: readonly [Occurrence, ...ReadonlyArray<Occurrence>] = [
  { point: "cancel:before", most: 1 },
  ...around("cancel", 1, "sent", "answered", "heard"),
  ...around("outcome-commit", 1, "before", "after"),
  ...around("event-commit", 1, "before", "after"),
  ...around("checkpoint", 1, "before", "after")
]

/** All their names. */
export const POINTS: ReadonlySet<Point> = new Set(
  [FIRST_POINTS, TRADING_POINTS, SETTLING_POINTS, STOPPING_POINTS].flatMap((points) =>
    points.map(({ point }) => point)
  )
)

const STOPPING = new Set(STOPPING_POINTS.map(({ point }) => point))
const TRADING = new Set(TRADING_POINTS.map(({ point }) => point))
/** Does a life only come to it when it is told to stop? */
export const isOfTheStop = (point: Point): boolean => STOPPING.has(point) && !TRADING.has(point)
export const isOfTheEnd = (point: Point): boolean => SETTLING_POINTS.some((one) => one.point === point)
