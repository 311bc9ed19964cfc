/** A source file as the architecture test sees it: its syntax tree and what it imports. */
import { posix } from "node:path"
import ts from "typescript"

export interface SourceFile {
  /** From the project's root, with forward slashes: `src/domain/money.ts`. */
  readonly path: string
  readonly text: string
}

/** One import, of any kind: a declaration, `export … from`, `import()`, `import("…").Type`, `require`. */
export interface Import {
  readonly specifier: string
  /** The path of the imported file for a relative import. */
  readonly target: string | undefined
  /** False where nothing is left of it at run time. */
  readonly runtime: boolean
  /** Imported names; `*` for a namespace or everything, `default` for a default import. */
  readonly names: ReadonlyArray<string>
  readonly line: number
}

export interface ParsedFile extends SourceFile {
  readonly tree: ts.SourceFile
  readonly imports: ReadonlyArray<Import>
  readonly lineCount: number
}

/** Something that is not as it must be: where and what. */
export interface Violation {
  readonly path: string
  readonly line: number
  readonly what: string
}

export const lineOf = (tree: ts.SourceFile, node: ts.Node): number =>
  tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1

export const visitAll = (node: ts.Node, visit: (node: ts.Node) => void): void => {
  visit(node)
  ts.forEachChild(node, (child) => visitAll(child, visit))
}

const declaredNames = (clause: ts.ImportClause | undefined): ReadonlyArray<string> => {
  if (clause === undefined) return []
  const bindings = clause.namedBindings
  const named =
    bindings === undefined
      ? []
      : ts.isNamespaceImport(bindings)
        ? ["*"]
        : bindings.elements.map((element) => (element.propertyName ?? element.name).text)
  return clause.name === undefined ? named : ["default", ...named]
}

const exportedNames = (clause: ts.NamedExportBindings | undefined): ReadonlyArray<string> =>
  clause !== undefined && ts.isNamedExports(clause)
    ? clause.elements.map((element) => (element.propertyName ?? element.name).text)
    : ["*"]

interface Found {
  readonly specifier: ts.Node | undefined
  readonly runtime: boolean
  readonly names: ReadonlyArray<string>
}

const isImportCall = (node: ts.CallExpression): boolean =>
  node.expression.kind === ts.SyntaxKind.ImportKeyword ||
  (ts.isIdentifier(node.expression) && node.expression.text === "require")

const importIn = (node: ts.Node): Found | undefined => {
  if (ts.isImportDeclaration(node)) {
    const clause = node.importClause
    const runtime = clause?.phaseModifier !== ts.SyntaxKind.TypeKeyword
    return { specifier: node.moduleSpecifier, runtime, names: declaredNames(clause) }
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const names = exportedNames(node.exportClause)
    return { specifier: node.moduleSpecifier, runtime: !node.isTypeOnly, names }
  }
  if (ts.isImportTypeNode(node)) {
    const literal = ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
    return { specifier: literal, runtime: false, names: ["*"] }
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return { specifier: node.moduleReference.expression, runtime: true, names: ["*"] }
  }
  return ts.isCallExpression(node) && isImportCall(node)
    ? { specifier: node.arguments[0], runtime: true, names: ["*"] }
    : undefined
}

/** A computed specifier is kept as `?`: the law refuses it, for nobody can say what it names. */
const importsOf = (path: string, tree: ts.SourceFile): ReadonlyArray<Import> => {
  const imports: Array<Import> = []
  visitAll(tree, (node) => {
    const found = importIn(node)
    if (found === undefined) return
    const literal = found.specifier
    const specifier = literal !== undefined && ts.isStringLiteralLike(literal) ? literal.text : "?"
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined
    imports.push({ specifier, target, runtime: found.runtime, names: found.names, line: lineOf(tree, node) })
  })
  return imports
}

export const parse = (file: SourceFile): ParsedFile => {
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true)
  return {
    ...file,
    tree,
    imports: importsOf(file.path, tree),
    lineCount: file.text.replace(/\n$/, "").split("\n").length
  }
}
