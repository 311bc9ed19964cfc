/** Names of members that code reads: `a.name`, `const { name } = a`, `({ name }) => …`. */
import ts from "typescript"
import { type ParsedFile, visitAll } from "../architecture/source.ts"

const isWritten = (node: ts.PropertyAccessExpression): boolean =>
  ts.isBinaryExpression(node.parent) &&
  node.parent.left === node &&
  node.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken

export const readNames = (files: ReadonlyArray<ParsedFile>): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const { tree } of files) {
    visitAll(tree, (node) => {
      if (ts.isPropertyAccessExpression(node) && !isWritten(node)) found.add(node.name.text)
      if (!ts.isBindingElement(node) || !ts.isObjectBindingPattern(node.parent)) return
      const name = node.propertyName ?? node.name
      if (ts.isIdentifier(name)) found.add(name.text)
    })
  }
  return found
}
