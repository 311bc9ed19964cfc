/** A bench of several parts: all of them, or the one that --only=PART names; more rounds with --full. */
import { cpus, loadavg } from "node:os"
import { repeatMarks, title } from "./stats.mjs"

export const full = process.argv.includes("--full")

const load = () =>
  loadavg()
    .map((average) => average.toFixed(1))
    .join(" ")

/** Runs the parts in their order and repeats their marks at the end. Whatever hangs, it ends after so many minutes. */
export const runParts = async (parts, boundMinutes) => {
  const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length)
  if (only !== undefined && parts[only] === undefined) {
    process.stderr.write(`--only=${only}: one of ${Object.keys(parts).join(", ")} is needed\n`)
    process.exit(64)
  }
  setTimeout(() => {
    process.stderr.write(`not done after ${boundMinutes} minutes: ended\n`)
    process.exit(1)
  }, boundMinutes * 60_000).unref()
  title(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, load ${load()}; medians (min–max)`
  )
  const beganMs = performance.now()
  for (const [name, run] of Object.entries(parts)) if (only === undefined || only === name) await run()
  repeatMarks()
  title(`${((performance.now() - beganMs) / 1_000).toFixed(0)} s; load now ${load()}`)
}
