// `node --import` this file, and the process may open only some more files than it has open now, whatever its shell lets it.
import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"

const more = 32
const { status } = spawnSync("prlimit", [
  "--pid",
  String(process.pid),
  `--nofile=${readdirSync("/proc/self/fd").length + more}:`
])
if (status !== 0) throw new Error(`prlimit ended with ${status}`)
