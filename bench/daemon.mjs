/** The whole daemon as a process: how soon it ticks, how soon it is gone, what it weighs, how fast it simulates. */
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { line, mark, median, show, spread, title } from "./support/stats.mjs"

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url))
/** No run takes longer; one that does is killed and told. */
const BOUND_MS = 120_000

const rssMiB = (pid) => {
  try {
    const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
    return kib === undefined ? Number.NaN : Number(kib) / 1_024
  } catch {
    return Number.NaN
  }
}

/** Runs the daemon with an empty state folder and notes when its log said what. */
const run = (args, level, onEvent = () => undefined) =>
  new Promise((resolve, reject) => {
    const state = mkdtempSync(join(tmpdir(), "tradewind-bench-"))
    const seen = { atMs: {}, rssMiB: Number.NaN }
    const beganMs = performance.now()
    const child = spawn(process.execPath, [MAIN, "--state-dir", state, ...args], {
      env: { PATH: process.env.PATH, TRADEWIND_LOGGER__LEVEL: level, TRADEWIND_LOGGER__FORMAT: "json" },
      stdio: ["ignore", "pipe", "ignore"]
    })
    const bound = setTimeout(() => child.kill("SIGKILL"), BOUND_MS)
    createInterface({ input: child.stdout }).on("line", (text) => {
      const { event } = JSON.parse(text)
      seen.atMs[event] ??= performance.now() - beganMs
      if (event === "orchestrator_shutdown_start") seen.rssMiB = rssMiB(child.pid)
      onEvent(event, child)
    })
    child.on("close", (code) => {
      clearTimeout(bound)
      rmSync(state, { recursive: true, force: true })
      if (code !== 0) return reject(new Error(`the daemon ended with ${code}`))
      resolve({ ...seen, goneMs: performance.now() - beganMs })
    })
  })

const stopAfterTicks = (ticks) => {
  let left = ticks
  return (event, child) => {
    if (event === "tick_complete" && --left === 0) child.kill("SIGTERM")
  }
}

export const daemon = async ({ rounds, simulatedMinutes, ticks }) => {
  title(`the daemon as a process, ${rounds} rounds: mode sim at speed 1, SIGTERM after ${ticks} ticks`)
  const found = []
  for (let round = 0; round < rounds; round++) {
    found.push(await run(["--seed", "1", "--speed", "1"], "debug", stopAfterTicks(ticks)))
  }
  const first = found.map(({ atMs }) => atMs.tick_complete)
  const gone = found.map(({ atMs, goneMs }) => goneMs - atMs.orchestrator_shutdown_complete)
  const asked = found.map(({ atMs, goneMs }) => goneMs - atMs.orchestrator_shutdown_start)
  const rss = found.map((each) => each.rssMiB)
  line("spawn to the end of the first tick", spread(first, "ms"))
  line("first line of the shutdown to process gone", spread(asked, "ms"))
  line("last line of the log to process gone", spread(gone, "ms"))
  line("largest RSS", spread(rss, "MiB"))
  const [firstMs, goneMs, weight] = [first, gone, rss].map(median)
  mark("P4", goneMs <= 100, `process gone ${show(goneMs)} ms after the shutdown's last line; mark ≤ 100 ms`)
  mark("P11", firstMs < 1_000, `start to first tick ${show(firstMs)} ms; mark < 1 s`)
  mark("P11", weight <= 150, `RSS ${show(weight)} MiB after ${ticks} ticks; mark ≤ 150 MiB`)

  title(`the daemon as a simulation: ${simulatedMinutes} market minutes at full speed, one process`)
  const args = ["--seed", "1", "--speed", "1000000", "--for", `${simulatedMinutes}m`]
  const { atMs, rssMiB: simRss } = await run(args, "info")
  const tookMs = atMs.orchestrator_shutdown_start - atMs.execution_loop_started
  const factor = (simulatedMinutes * 60_000) / tookMs
  line("first tick to shutdown", `${show(tookMs)} ms, ${show(tookMs / (simulatedMinutes * 60))} ms a tick`)
  line("largest RSS", `${show(simRss)} MiB`)
  mark("P10", factor >= 5_000, `${show(factor)} × real time with the journal on disk; mark ≥ 5,000 ×`)
}
