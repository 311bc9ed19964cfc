/**
 * The grid of due ticks: slot n is due at `startMs + n × intervalMs`. A turn that wakes a little early does not run its
 * slot twice, one that wakes late goes on at the next slot, and what was passed over is counted.
 */
export interface GridTurn {
  /** The slot this turn is for. */
  readonly slot: number
  /** Slots before it that were due and had no turn. */
  readonly missed: number
  /** How long after its due time the turn came. */
  readonly latenessMs: number
}

export class Grid {
  private readonly startMs: number
  private readonly intervalMs: number
  private lastSlot = -1

  constructor(startMs: number, intervalMs: number) {
    this.startMs = startMs
    this.intervalMs = intervalMs
  }

  /** Takes the turn that is due at `nowMs`. */
  turn(nowMs: number): GridTurn {
    const reached = Math.floor((nowMs - this.startMs) / this.intervalMs)
    const slot = Math.max(this.lastSlot + 1, reached)
    const missed = slot - this.lastSlot - 1
    this.lastSlot = slot
    return { slot, missed, latenessMs: Math.max(0, nowMs - this.startMs - slot * this.intervalMs) }
  }

  /** Time from `nowMs` to the slot after the last one taken. */
  untilNextMs(nowMs: number): number {
    return Math.max(0, this.startMs + (this.lastSlot + 1) * this.intervalMs - nowMs)
  }
}
