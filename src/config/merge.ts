/** Layers on top of each other, leaf by leaf, remembering which layer said what. */
import { type ConfigLayer, isRecord } from "./layer.ts"
import type { Path } from "./schema-tree.ts"

/** All layers as one value, and the layer that decided a place. */
export interface Merged {
  readonly value: Readonly<Record<string, unknown>>
  readonly origin: (path: Path) => string | undefined
}

const mergeRecords = (
  below: Readonly<Record<string, unknown>>,
  above: Readonly<Record<string, unknown>>
): Record<string, unknown> => {
  const entries = new Map(Object.entries(below))
  for (const [key, value] of Object.entries(above)) {
    const old = entries.get(key)
    entries.set(key, isRecord(old) && isRecord(value) ? mergeRecords(old, value) : value)
  }
  return Object.fromEntries(entries)
}

const says = (layer: ConfigLayer, path: Path): boolean => {
  let value: unknown = layer.value
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return true
}

/** Later layers win. Sections are merged; lists and plain values are replaced as a whole. */
export const mergeLayers = (layers: ReadonlyArray<ConfigLayer>): Merged => ({
  value: layers.reduce<Record<string, unknown>>((below, layer) => mergeRecords(below, layer.value), {}),
  origin: (path) => layers.findLast((layer) => says(layer, path))?.origin(path)
})
