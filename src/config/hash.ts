/** A short name for a configuration, for the first log line and for bug reports. */
import { Redacted } from "effect"
import { createHash } from "node:crypto"
import { REDACTED } from "../domain/secret-name.ts"

/** Keys sorted, so that the order in which settings were written does not matter; secrets left out. */
const canonical = (value: unknown): string => {
  if (Redacted.isRedacted(value)) return JSON.stringify(REDACTED)
  if (typeof value === "bigint") return `${value}n`
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null"
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
  return `{${members.join(",")}}`
}

/** The first 12 hex digits of the SHA-256 of a configuration's canonical JSON. */
export const configHash = (config: unknown): string =>
  createHash("sha256").update(canonical(config)).digest("hex").slice(0, 12)
