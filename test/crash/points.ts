/** The named points of preload/points.mjs, how often a life comes to them, and what a life needs to come there. */

/** A point, and the highest count that a life of some seconds comes to. */
interface Occurrence {
  readonly point: string
  readonly most: number
}
export type Point = Occurrence["point"]
type Points = readonly [Occurrence, ...ReadonlyArray<Occurrence>]

const around = (name: string, most: number, ...moments: ReadonlyArray<string>): ReadonlyArray<Occurrence> =>
  moments.map((moment) => ({ point: `${name}:${moment}`, most }))

/** Points of the first start on a new state directory. */
export const FIRST_POINTS: Points = [
  { point: "migration:middle", most: 1 },
  ...around("migration-commit", 1, "before", "after"),
  ...around("event-commit", 1, "before", "after"),
  ...around("window-commit", 1, "before", "after")
]

/** Points of every daemon that is up and trades. */
export const TRADING_POINTS: Points = [
  { point: "intent-commit:before", most: 2 },
  ...around("intent-commit", 2, "after"),
  ...around("intent", 2, "middle"),
  ...around("send", 2, "before", "sent", "answered", "heard"),
  ...around("outcome-commit", 3, "before", "after"),
  ...around("fill", 2, "middle"),
  ...around("fill-commit", 2, "before", "after"),
  ...around("question", 2, "before", "answered", "heard")
]

/** Points of every daemon that is up, whether it trades or not. */
export const LOOP_POINTS: Points = [
  { point: "tick-commit:before", most: 20 },
  ...around("tick-commit", 20, "after")
]

/** Points that only the end of a window brings. */
export const SETTLING_POINTS: Points = [
  { point: "settlement:middle", most: 1 },
  { point: "settlement:paid", most: 1 },
  ...around("settlement-commit", 1, "before", "after")
]

/** Points of the process that makes a backup; `orphaned`: it goes on when the daemon is killed. */
export const BACKUP_POINTS: Points = [
  { point: "backup:before", most: 1 },
  ...around("backup", 1, "middle", "after", "orphaned")
]

/** Points of the stop where an order rests, which is cancelled. */
export const CANCEL_POINTS: Points = [
  { point: "cancel:before", most: 1 },
  ...around("cancel", 1, "sent", "answered", "heard")
]

/** Points that every stop comes to. */
export const STOPPING_POINTS: Points = [
  { point: "event-commit:before", most: 1 },
  ...around("event-commit", 1, "after"),
  ...around("checkpoint", 1, "before", "after")
]

const isOneOf =
  (points: Points) =>
  (point: Point): boolean =>
    points.some((one) => one.point === point)

/** All their names. */
export const POINTS: ReadonlySet<Point> = new Set(
  [
    FIRST_POINTS,
    TRADING_POINTS,
    LOOP_POINTS,
    SETTLING_POINTS,
    BACKUP_POINTS,
    CANCEL_POINTS,
    STOPPING_POINTS
  ].flatMap((points) => points.map(({ point }) => point))
)

const isCancel = isOneOf(CANCEL_POINTS)
/** Does a life only come to it when it is told to stop? */
export const isOfTheStop = (point: Point): boolean => isCancel(point) || point.startsWith("checkpoint:")
export const isOfTheCancel = isCancel
export const isOfTheBackup = isOneOf(BACKUP_POINTS)
/** Does a life only come to it in a market that is faster than ours? */
export const needsFastMarket = (point: Point): boolean =>
  isOfTheBackup(point) || isOneOf(SETTLING_POINTS)(point)
