#!/usr/bin/env node
/**
 * Runs the Effect diagnostics and fails on every error or warning. The tool reports success when it saw no file at all
 * (a wrong project, a TypeScript it does not know): that is a failure here.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const cli = fileURLToPath(new URL("../node_modules/@effect/language-service/cli.js", import.meta.url))
const result = spawnSync(
  process.execPath,
  [
    cli,
    "diagnostics",
    "--project",
    `${root}tsconfig.json`,
    "--format",
    "text",
    "--severity",
    "error,warning",
    "--strict"
  ],
  { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 64 * 1024 * 1024 }
)
process.stdout.write(result.stdout)
const [, checked, total] = /Checked (\d+) files? out of (\d+)/.exec(result.stdout) ?? []
if (checked === undefined || checked !== total || Number(checked) === 0) {
  process.stderr.write("Effect diagnostics did not check all files\n")
  process.exitCode = 1
} else process.exitCode = result.status ?? 1
