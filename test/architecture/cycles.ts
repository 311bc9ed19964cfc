/** Files that import each other in a circle at run time. Types may: nothing is left of them. */
import type { ParsedFile, Violation } from "./source.ts"

type State = "open" | "done"

export const cycleViolations = (files: ReadonlyArray<ParsedFile>): ReadonlyArray<Violation> => {
  const byPath = new Map(files.map((file) => [file.path, file] as const))
  const state = new Map<string, State>()
  const found: Array<Violation> = []
  const visit = (file: ParsedFile, trail: ReadonlyArray<string>): void => {
    state.set(file.path, "open")
    for (const each of file.imports) {
      const target = each.runtime ? byPath.get(each.target ?? "") : undefined
      if (target === undefined) continue
      if (state.get(target.path) === "open") {
        const circle = [...trail.slice(trail.indexOf(target.path)), target.path]
        found.push({ path: file.path, line: each.line, what: `imports in a circle: ${circle.join(" → ")}` })
      } else if (state.get(target.path) === undefined) visit(target, [...trail, target.path])
    }
    state.set(file.path, "done")
  }
  for (const file of files) if (state.get(file.path) === undefined) visit(file, [file.path])
  return found
}
