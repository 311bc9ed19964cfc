/** Keys in a layer that the schema does not know, and secrets where they must not be. */
import type { SchemaAST } from "effect"
import { isSecretName } from "../domain/secret-name.ts"
import { type ConfigLayer, isRecord } from "./layer.ts"
import { nearest } from "./nearest.ts"
import { fieldAt, isSection, keysAt, knownPaths, type Path } from "./schema-tree.ts"

const folded = (key: string): string => key.toLowerCase().replace(/[^a-z0-9]/g, "")

/** A key of that name in another section is meant sooner than another name in this one. */
const nearestPath = (root: SchemaAST.AST, path: Path): string | undefined => {
  const key = path.at(-1) ?? ""
  const parent = path.slice(0, -1)
  const all = knownPaths(root)
  const siblings = keysAt(root, parent)
  const here = siblings.find((sibling) => folded(sibling) === folded(key))
  if (here !== undefined) return [...parent, here].join(".")
  const elsewhere = all.find((known) => folded(known.at(-1) ?? "") === folded(key))
  if (elsewhere !== undefined) return elsewhere.join(".")
  const sibling = nearest(key, siblings)
  return sibling === undefined
    ? nearest(
        path.join("."),
        all.map((known) => known.join("."))
      )
    : [...parent, sibling].join(".")
}

const unknownKey = (root: SchemaAST.AST, layer: ConfigLayer, path: Path): string => {
  const known = nearestPath(root, path)
  const hint = known === undefined ? "remove it" : `the nearest known key is "${known}"`
  return `unknown key "${path.join(".")}" (${layer.origin(path)}): ${hint}`
}

const secretInFile = (layer: ConfigLayer, path: Path): string =>
  `"${path.join(".")}" (${layer.origin(path)}) looks like a secret: secrets are never read from configuration files; ` +
  "remove it there, and treat it as disclosed if the file was shared"

/** One sentence for each key that is unknown or must not be there. */
export const keyProblems = (root: SchemaAST.AST, layer: ConfigLayer): ReadonlyArray<string> => {
  const walk = (value: unknown, path: Path): ReadonlyArray<string> => {
    if (Array.isArray(value)) return value.flatMap((item, index) => walk(item, [...path, String(index)]))
    if (!isRecord(value)) return []
    const field = fieldAt(root, path)
    if (field !== undefined && !isSection(field.ast)) return []
    return Object.entries(value).flatMap(([key, below]) => {
      const place = [...path, key]
      if (layer.kind === "file" && isSecretName(key)) return [secretInFile(layer, place)]
      return fieldAt(root, place) === undefined ? [unknownKey(root, layer, place)] : walk(below, place)
    })
  }
  return walk(layer.value, [])
}
