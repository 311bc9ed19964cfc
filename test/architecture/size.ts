/** Files fit a head, functions fit a screen. */
import ts from "typescript"
import { lineOf, type ParsedFile, type Violation, visitAll } from "./source.ts"

export const MAX_FILE_LINES = 300
export const MAX_FUNCTION_LINES = 70
export const MAX_MEDIAN_FILE_LINES = 120

const nameOf = (node: ts.SignatureDeclaration): string => {
  if (node.name !== undefined) return node.name.getText()
  return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : "a function"
}

export const sizeViolations = (files: ReadonlyArray<ParsedFile>): ReadonlyArray<Violation> =>
  files.flatMap((file) => {
    const found: Array<Violation> = []
    if (file.lineCount > MAX_FILE_LINES) {
      found.push({ path: file.path, line: 1, what: `has ${file.lineCount} lines, at most ${MAX_FILE_LINES}` })
    }
    visitAll(file.tree, (node) => {
      if (!ts.isFunctionLike(node)) return
      const line = lineOf(file.tree, node)
      const lines = file.tree.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - line
      if (lines <= MAX_FUNCTION_LINES) return
      found.push({
        path: file.path,
        line,
        what: `${nameOf(node)} has ${lines} lines, at most ${MAX_FUNCTION_LINES}`
      })
    })
    return found
  })

export const medianLines = (files: ReadonlyArray<ParsedFile>): number => {
  const sorted = files.map((file) => file.lineCount).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
