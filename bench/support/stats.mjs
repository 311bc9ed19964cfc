/** Medians, spreads and lines of a report. */
import { readFileSync } from "node:fs"

export const median = (values) => quantile(values, 0.5)

export const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

const digits = (value) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)

export const show = (value) => (Number.isFinite(value) ? value.toFixed(digits(value)) : String(value))

/** `median (min–max)` of the rounds. */
export const spread = (values, unit) =>
  `${show(median(values))} ${unit} (${show(Math.min(...values))}–${show(Math.max(...values))})`

/** The same, of the ratios of two variants taken round by round. */
export const ratio = (ours, theirs) =>
  spread(
    ours.map((value, round) => value / theirs[round]),
    "×"
  )

export const title = (text) => process.stdout.write(`\n${text}\n`)
export const line = (label, text) => process.stdout.write(`  ${label.padEnd(46)} ${text}\n`)

const marks = []
/** States a mark as met or missed, now and once more at the end. */
export const mark = (id, passed, text) => {
  const stated = `${id} ${passed ? "met" : "MISSED"}  ${text}`
  marks.push(stated)
  process.stdout.write(`  → ${stated}\n`)
}
export const repeatMarks = () => {
  title("marks of this run")
  for (const stated of marks) process.stdout.write(`  ${stated}\n`)
}

/**
 * Every variant once in each round, in turn: a machine that gets slower meanwhile does so for all of them. The rounds
 * of the warm-up are not counted.
 */
export const interleaved = async (rounds, variants, warmUps = 1) => {
  const found = Object.fromEntries(Object.keys(variants).map((name) => [name, []]))
  for (let round = -warmUps; round < rounds; round++) {
    for (const [name, run] of Object.entries(variants)) {
      const value = await run()
      if (round >= 0) found[name].push(value)
    }
  }
  return found
}

/** Processor time of this process so far: what others do to the machine does not count. */
export const cpuSeconds = () => {
  const { system, user } = process.cpuUsage()
  return (user + system) / 1e6
}

/**
 * The same of the main thread alone, where the kernel tells it: what waits for an answer does not wait for the compiler's and the
 * collector's threads.
 */
export const threadSeconds = () => {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e9
  } catch {
    return cpuSeconds()
  }
}
