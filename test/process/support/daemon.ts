/** Starts `node dist/main.js` as a process of its own, reads its log, and never leaves it behind. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Summary } from "../../../src/composition/summary.ts"

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url))
/** The same daemon in its single files, where a module can be exchanged for another. */
const MAIN_OF_FILES = fileURLToPath(new URL("../../../dist/lib/main.js", import.meta.url))
/** Loaded before MAIN_OF_FILES, it puts faulty stand-ins in the places of modules. */
const FAULTS = new URL("faults/register.mjs", import.meta.url).href

/** After this a daemon is killed, unless a test says otherwise: it hangs. */
const LIFE_LIMIT_MS = 110_000

/** Bounds that no busy machine reaches by itself. */
export const PATIENT = {
  TRADEWIND_ORCHESTRATOR__STEP_TIMEOUT_MS: "100000",
  TRADEWIND_ORCHESTRATOR__INFLIGHT_TIMEOUT_MS: "100000",
  TRADEWIND_ORCHESTRATOR__SHUTDOWN_TIMEOUT_MS: "200000"
}

/** What registers work for the end of a test: its context. */
export interface Finishing {
  readonly onTestFinished: (cleanUp: () => void) => void
}

/** One line of the log. */
export interface Line {
  readonly ts: string
  readonly level: string
  readonly event: string
  readonly module: string
  readonly [field: string]: unknown
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly lines: ReadonlyArray<Line>
}

/** Memory where there is such a disk: none of these tests is about how long a disk takes to make a commit safe. */
export const PLACE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()

/** A folder that goes when the test ends. */
export const scratch = (test: Finishing): string => {
  const folder = mkdtempSync(join(PLACE, "tradewind-process-"))
  test.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const isLine = (value: unknown): value is Line =>
  typeof value === "object" && value !== null && "event" in value && "ts" in value

const parsed = (text: string): ReadonlyArray<Line> =>
  text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line): unknown => JSON.parse(line))
    .filter(isLine)

export class Daemon {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  private stdout = ""
  private stderr = ""
  private seen = 0
  readonly heard: Array<Line> = []
  private waiting: Array<(line: Line) => void> = []

  constructor(child: ChildProcess, lifeLimitMs: number) {
    this.child = child
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.hear(text))
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text))
    const limit = setTimeout(() => child.kill("SIGKILL"), lifeLimitMs)
    this.ended = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        clearTimeout(limit)
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr, lines: parsed(this.stdout) })
      })
    })
  }

  /** The first line, past or to come, that is meant; fails when the process ends without it. */
  line(isMeant: (line: Line) => boolean): Promise<Line> {
    const past = this.heard.find(isMeant)
    if (past !== undefined) return Promise.resolve(past)
    const toCome = new Promise<Line>((resolve) => {
      this.waiting.push((line) => {
        if (isMeant(line)) resolve(line)
      })
    })
    const tooLate = this.ended.then(({ stderr, stdout }): never => {
      throw new Error(`the daemon ended before the line came:\n${stdout.slice(-2_000)}\n${stderr}`)
    })
    return Promise.race([toCome, tooLate])
  }

  event(event: string, module?: string): Promise<Line> {
    return this.line((line) => line.event === event && (module === undefined || line.module === module))
  }

  /** Waits until the output, in whatever format, has these words; fails when the process ends without them. */
  printed(words: string): Promise<unknown> {
    if (this.stdout.includes(words)) return Promise.resolve()
    const toCome = new Promise((resolve) => {
      this.child.stdout?.on("data", () => {
        if (this.stdout.includes(words)) resolve(undefined)
      })
    })
    const tooLate = this.ended.then(({ stderr, stdout }): unknown => {
      if (stdout.includes(words)) return undefined
      throw new Error(`the daemon ended before "${words}" came:\n${stdout.slice(-2_000)}\n${stderr}`)
    })
    return Promise.race([toCome, tooLate])
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  private hear(text: string): void {
    this.stdout += text
    const end = this.stdout.lastIndexOf("\n") + 1
    for (const line of parsed(this.stdout.slice(this.seen, end))) {
      this.heard.push(line)
      for (const tell of this.waiting) tell(line)
    }
    this.seen = end
  }
}

/**
 * Starts the daemon with `home` as everything it may write to by itself; it is killed when the test ends. FAULT in the
 * environment names what goes wrong in it: see faults/.
 */
export const start = (
  test: Finishing,
  home: string,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {},
  lifeLimitMs = LIFE_LIMIT_MS
): Daemon => {
  const program = environment["FAULT"] === undefined ? [MAIN] : ["--import", FAULTS, MAIN_OF_FILES]
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: home,
    env: { PATH: process.env["PATH"], HOME: home, XDG_STATE_HOME: "", TMPDIR: home, ...environment },
    stdio: ["ignore", "pipe", "pipe"]
  })
  test.onTestFinished(() => void child.kill("SIGKILL"))
  return new Daemon(child, lifeLimitMs)
}

/** Runs it to its end. */
export const run = (
  test: Finishing,
  home: string,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
): Promise<Ended> => start(test, home, args, environment).ended

/** The summary that `--summary` wrote. */
export const readSummary = (path: string): Summary => {
  const summary: unknown = JSON.parse(readFileSync(path, "utf8"))
  // What the daemon writes is checked key by key by the test of the summary.
  return summary as Summary
}
