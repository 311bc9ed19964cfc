/** The venue's clock against ours: requests are stamped by the venue's, and far apart nothing is entered. */
import { Clock, Effect } from "effect"

/** A difference that is worth a warning, and one that holds entries (HMACs and order stamps are judged by the venue's clock). */
export const SKEW_WARNS_MS = 2_000
export const SKEW_HOLDS_MS = 5_000
/** The venue tells whole seconds: a smaller difference may be none. */
const SKEW_COUNTS_MS = 1_000

export class VenueTime {
  private skewMs = 0

  /** Takes the venue's answer to what time it is; says how far the venue is ahead of us. */
  observe(venueSeconds: number, askedMs: number, answeredMs: number): number {
    this.skewMs = venueSeconds * 1000 + 500 - Math.round((askedMs + answeredMs) / 2)
    return this.skewMs
  }

  get skew(): number {
    return this.skewMs
  }

  get holdsEntries(): boolean {
    return Math.abs(this.skewMs) > SKEW_HOLDS_MS
  }

  /** Unix seconds by the venue's clock, in digits. */
  get seconds(): Effect.Effect<string> {
    return Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const correctionMs = Math.abs(this.skewMs) > SKEW_COUNTS_MS ? this.skewMs : 0
      return String(Math.floor((nowMs + correctionMs) / 1000))
    })
  }
}
