#!/usr/bin/env node
/**
 * Compiles src/ to dist/lib/, file by file, and all that the daemon needs, libraries included, into the one file
 * dist/main.js: reading a thousand files takes half of a start and a quarter of its memory. With --if-needed it does
 * nothing when dist/ was built from exactly these sources. Freshness is decided by content, not by file times: a checkout of older files must rebuild, a touch must not.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build as bundle } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = join(root, "dist")
const lib = join(dist, "lib")
const main = join(dist, "main.js")
const stamp = join(dist, ".built-from")

const filesUnder = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .toSorted()
    : []

const inputs = () => [
  ...filesUnder(join(root, "src")),
  ...["package-lock.json", "tsconfig.json", "tsconfig.build.json", "scripts/build.mjs"].map((name) =>
    join(root, name)
  )
]

const digest = () => {
  const hash = createHash("sha256").update(process.version)
  for (const file of inputs()) hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file))
  return hash.digest("hex")
}

const outputOf = (source) => join(lib, source.slice(join(root, "src").length)).replace(/\.ts$/, ".js")

/** Files whose source is gone would still be importable, and hide a broken import. */
const removeStale = (outputs) => {
  for (const file of filesUnder(dist)) {
    const output = file.replace(/\.map$/, "")
    if (output.endsWith(".js") && output !== main && !outputs.has(output)) rmSync(file)
  }
}

/** Not text: an addon, and code that reads WebAssembly from beside it. */
const OWN_FILES = ["better-sqlite3", "tiny-secp256k1"]

/** Libraries of the older kind call `require`, which a module must make first. */
const WITH_REQUIRE = `import { createRequire as makeRequire } from "node:module"
const require = makeRequire(import.meta.url)`

const bundleMain = () =>
  bundle({
    entryPoints: [join(root, "src/main.ts")],
    outfile: main,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: OWN_FILES,
    banner: { js: WITH_REQUIRE },
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning",
    logLimit: 20
  })

const build = async () => {
  const sources = filesUnder(join(root, "src")).filter((file) => file.endsWith(".ts"))
  const outputs = new Set(sources.map(outputOf))
  rmSync(stamp, { force: true })
  // tsc trusts its build info over the disk: an output that was deleted would not be written again.
  if (![...outputs].every((file) => existsSync(file))) rmSync(join(lib, ".tsbuildinfo"), { force: true })
  const wanted = digest()
  const tsc = fileURLToPath(import.meta.resolve("typescript/bin/tsc"))
  const result = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: ["ignore", 2, 2]
  })
  if (result.status !== 0) {
    process.stderr.write("build failed: the type errors above stop it\n")
    return result.status ?? 1
  }
  removeStale(outputs)
  await bundleMain()
  chmodSync(main, 0o755)
  writeFileSync(stamp, wanted)
  return 0
}

const fresh = () => existsSync(main) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest()

if (process.argv.includes("--if-needed")) {
  if (!fresh()) {
    process.stderr.write("building dist/ (once after each change)…\n")
    process.exitCode = await build()
  }
} else process.exitCode = await build()
