/** How much of a feed is bad: more than one event in a hundred over five seconds, and nothing is entered on it. */
const SECONDS = 5
const TOLERATED_PERCENT = 1

/** Counts by second, over the last five. */
export class FeedHealth {
  private readonly total = new Float64Array(SECONDS)
  private readonly bad = new Float64Array(SECONDS)
  private second = 0

  private turnTo(nowMs: number): number {
    const now = Math.floor(nowMs / 1000)
    const passed = now - this.second
    if (passed !== 0) {
      for (let back = 0; back < Math.min(Math.abs(passed), SECONDS); back += 1) {
        const slot = (((now - back) % SECONDS) + SECONDS) % SECONDS
        this.total[slot] = 0
        this.bad[slot] = 0
      }
      this.second = now
    }
    return ((now % SECONDS) + SECONDS) % SECONDS
  }

  count(nowMs: number, isBad: boolean): void {
    const slot = this.turnTo(nowMs)
    this.total[slot] = (this.total[slot] ?? 0) + 1
    if (isBad) this.bad[slot] = (this.bad[slot] ?? 0) + 1
  }

  isBad(nowMs: number): boolean {
    this.turnTo(nowMs)
    const sum = (counts: Float64Array) => counts.reduce((a, b) => a + b, 0)
    return sum(this.bad) * 100 > sum(this.total) * TOLERATED_PERCENT
  }
}
