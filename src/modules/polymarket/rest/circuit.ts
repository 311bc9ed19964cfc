/** Leaves a venue alone that does not answer: after a few failures only one request at a time tries again. */

/** Failures one after another that open the circuit. */
const OPENS_AFTER = 5
/** How long it stays open before the next try. */
const PROBE_EVERY_MS = 1_000

export class Circuit {
  private failures = 0
  private openUntilMs = Number.NEGATIVE_INFINITY

  /** May a request be sent now? While open, one is let through each second. */
  admits(nowMs: number): boolean {
    if (this.failures < OPENS_AFTER) return true
    if (nowMs < this.openUntilMs) return false
    this.openUntilMs = nowMs + PROBE_EVERY_MS
    return true
  }

  get isOpen(): boolean {
    return this.failures >= OPENS_AFTER
  }

  succeeded(): void {
    this.failures = 0
  }

  failed(nowMs: number): void {
    this.failures += 1
    if (this.failures >= OPENS_AFTER) this.openUntilMs = nowMs + PROBE_EVERY_MS
  }
}
