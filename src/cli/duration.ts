/** Durations as people write them: `30m`, `1h30m`, `90s`. */
import { Option } from "effect"

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a duration such as `30m` or `1h30m`; none where the text is no duration above 0. */
export const parseDurationMs = (text: string): Option.Option<number> => {
  if (!/^(\d{1,9}(ms|s|m|h|d))+$/.test(text)) return Option.none()
  const parts = text.matchAll(/(\d+)(ms|s|m|h|d)/g)
  const totalMs = [...parts].reduce(
    (sum, [, count = "0", unit = ""]) => sum + Number(count) * (UNIT_MS[unit] ?? 0),
    0
  )
  return totalMs > 0 ? Option.some(totalMs) : Option.none()
}
