/** Builds dist/ before the tests that start the daemon as a process, when it is not what src/ says. */
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

export default function buildOnce(): void {
  const script = fileURLToPath(new URL("../../scripts/build.mjs", import.meta.url))
  execFileSync(process.execPath, [script, "--if-needed"], { stdio: ["ignore", "inherit", "inherit"] })
}
