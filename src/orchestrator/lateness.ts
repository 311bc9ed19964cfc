/** How late turns of the loop were, over the last thousand of them. */

const REMEMBERED_TURNS = 1_000

export interface LatenessSummary {
  readonly lastMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export class Lateness {
  private readonly turns = new Float64Array(REMEMBERED_TURNS)
  private count = 0
  private last = 0

  record(latenessMs: number): void {
    this.turns[this.count % REMEMBERED_TURNS] = latenessMs
    this.count++
    this.last = latenessMs
  }

  summary(): LatenessSummary {
    const sorted = this.turns.slice(0, Math.min(this.count, REMEMBERED_TURNS)).sort()
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { lastMs: this.last, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1) ?? 0 }
  }
}
