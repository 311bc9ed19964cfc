/** `tradewind exchange` as a process of its own, from the built dist/, and what it says. */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url))
/** Far more than a start takes on a busy machine. */
const START_WITHIN_MS = 60_000
/** Lines of complaint that are kept. */
const MAX_COMPLAINTS = 100

const parsed = (text) => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the kernel says the process has in memory, MiB. */
const residentMiB = (pid) =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024

/**
 * Starts the exchange on a free port. Its complaints are the lines that are no information, and whatever it writes that is no
 * line of its log. `stop` ends it and tells its exit code.
 */
export const startExchange = async (flags = [], environment = {}) => {
  const child = spawn(process.execPath, [MAIN, "exchange", "--port", "0", ...flags], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const endWithUs = () => void child.kill("SIGKILL")
  process.once("exit", endWithUs)
  const complaints = []
  const complain = (text) => {
    if (complaints.length < MAX_COMPLAINTS) complaints.push(text)
  }
  const ended = new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      process.off("exit", endWithUs)
      resolve(code ?? signal)
    })
  })
  createInterface({ input: child.stderr }).on("line", complain)
  const addresses = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("the exchange did not start")), START_WITHIN_MS)
    void ended.then((code) => reject(new Error(`the exchange ended with ${code}: ${complaints.join("\n")}`)))
    createInterface({ input: child.stdout }).on("line", (text) => {
      const said = parsed(text)
      if (said?.level !== "info" && said?.level !== "debug") complain(text)
      if (said?.event !== "exchange_listening") return
      clearTimeout(late)
      resolve(said)
    })
  })
  return {
    addresses,
    complaints,
    ended,
    residentMiB: () => residentMiB(child.pid),
    stop: () => {
      child.kill("SIGTERM")
      return ended
    }
  }
}
