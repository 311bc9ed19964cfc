/** Raw time, chance, timers, the process and the console: only in the edge. Found in the syntax tree, not in the text. */
import ts from "typescript"
import { lineOf, type ParsedFile, type Violation, visitAll } from "./source.ts"

const isEdge = (path: string): boolean => path === "src/edge.ts" || path.startsWith("src/edge/")

/** Globals that must not be named at all, as a value. */
const banned: Readonly<Record<string, string>> = {
  console: "write with Effect.log",
  process: "the process belongs to the edge",
  performance: "time comes from Effect's Clock",
  setTimeout: "use Effect.sleep or a Schedule",
  setInterval: "use a Schedule",
  setImmediate: "use Effect.yieldNow",
  queueMicrotask: "use Effect.yieldNow",
  crypto: "chance comes from Effect's Random; hashes from node:crypto by name",
  globalThis: "it hides which global is meant",
  global: "it hides which global is meant",
  eval: "it hides what runs",
  Function: "it hides what runs"
}

/** Globals with a harmless part, which must be named as `Global.member`. */
const partial: Readonly<
  Record<string, { readonly allowed: (member: string) => boolean; readonly why: string }>
> = {
  Date: {
    allowed: (member) => member === "UTC" || member === "parse",
    why: "time comes from Effect's Clock"
  },
  Math: { allowed: (member) => member !== "random", why: "chance comes from Effect's Random" },
  DateTime: { allowed: (member) => member !== "unsafeNow", why: "time comes from Effect's Clock" }
}

/** True where an identifier is the name of a member, a key, a label or a type: no use of the global. */
const isOnlyAName = (node: ts.Identifier): boolean => {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isQualifiedName(parent) || ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent)) return true
  if (ts.isBindingElement(parent)) return parent.propertyName === node
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return parent.propertyName === node
  if (ts.isExpressionWithTypeArguments(parent)) return ts.isInterfaceDeclaration(parent.parent.parent)
  if (ts.isShorthandPropertyAssignment(parent)) return false
  const named = parent as { readonly name?: ts.Node }
  const isMember =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessorDeclaration(parent) ||
    ts.isSetAccessorDeclaration(parent) ||
    ts.isEnumMember(parent)
  return (isMember && named.name === node) || ts.isNamedTupleMember(parent) || ts.isLabeledStatement(parent)
}

const isInterfaceName = (node: ts.Identifier): boolean =>
  (ts.isInterfaceDeclaration(node.parent) || ts.isTypeAliasDeclaration(node.parent)) &&
  node.parent.name === node

/** A parameter in a type (`(global: number) => void`) names nothing that exists. */
const isTypeParameterName = (node: ts.Identifier): boolean =>
  ts.isParameter(node.parent) &&
  node.parent.name === node &&
  (ts.isFunctionTypeNode(node.parent.parent) ||
    ts.isMethodSignature(node.parent.parent) ||
    ts.isCallSignatureDeclaration(node.parent.parent))

const isImported = (node: ts.Identifier): boolean =>
  ts.isImportSpecifier(node.parent) || ts.isNamespaceImport(node.parent) || ts.isImportClause(node.parent)

const usesPartOf = (node: ts.Identifier, part: (member: string) => boolean): boolean => {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return part(parent.name.text)
  if (node.text === "DateTime" && isImported(node)) return true
  if (node.text !== "Date") return false
  if (ts.isBinaryExpression(parent)) {
    return parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword && parent.right === node
  }
  const given = ts.isNewExpression(parent) && parent.expression === node ? parent.arguments : undefined
  return given !== undefined && given.length > 0 && !given.some(ts.isSpreadElement)
}

const faultOf = (node: ts.Identifier): string | undefined => {
  const name = node.text
  const ban = Object.hasOwn(banned, name) ? banned[name] : undefined
  const part = Object.hasOwn(partial, name) ? partial[name] : undefined
  if (ban === undefined && part === undefined) return undefined
  if (isOnlyAName(node) || isInterfaceName(node) || isTypeParameterName(node)) return undefined
  if (ban !== undefined) return `uses or shadows the global ${name}: ${ban}`
  if (part === undefined || usesPartOf(node, part.allowed)) return undefined
  return `uses ${node.parent.getText().slice(0, 60)}: ${part.why}`
}

/** Every use outside the edge. A local of a banned name counts too: it would hide a use of the global from the reader. */
export const banViolations = (files: ReadonlyArray<ParsedFile>): ReadonlyArray<Violation> =>
  files
    .filter((file) => !isEdge(file.path))
    .flatMap((file) => {
      const found: Array<Violation> = []
      visitAll(file.tree, (node) => {
        if (!ts.isIdentifier(node)) return
        const what = faultOf(node)
        if (what !== undefined) found.push({ path: file.path, line: lineOf(file.tree, node), what })
      })
      return found
    })
