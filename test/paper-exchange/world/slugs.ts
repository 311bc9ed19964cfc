/** Slugs of simulated windows. */
import { WindowSlug } from "../../../src/domain/window.ts"

export const windowSlug = (interval: "5m" | "15m", startMs: number): WindowSlug =>
  WindowSlug.make(`btc-updown-${interval}-${startMs / 1_000}`)
