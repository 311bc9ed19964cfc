/** The files of src/, listed in two independent ways. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parse, type ParsedFile } from "./source.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Folder by folder. */
const walk = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? walk(path) : [path]
  })

export const readSources = (): ReadonlyArray<ParsedFile> =>
  walk("src")
    .filter((path) => path.endsWith(".ts"))
    .map((path) => parse({ path, text: readFileSync(join(root, path), "utf8") }))

/** What git knows or would add; without git (an unpacked archive) the file system's own recursive listing. */
export const independentListing = (): ReadonlyArray<string> => {
  try {
    const arguments_ = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "src"]
    const listed = execFileSync("git", arguments_, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"]
    })
    return listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path)))
  } catch {
    return readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll("\\", "/"))
  }
}

/** Files of either list that the other one lacks: a file that was not read, or one that only one listing sees. */
export const unequal = (
  read: ReadonlyArray<string>,
  listed: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const [inRead, inListed] = [new Set(read), new Set(listed)]
  return [...read.filter((path) => !inListed.has(path)), ...listed.filter((path) => !inRead.has(path))]
}
