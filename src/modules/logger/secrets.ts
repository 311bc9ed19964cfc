/** Secrets known by value: wherever one turns up in a text, in whatever usual spelling, it is blotted out. */
import { Redacted } from "effect"
import { REDACTED } from "../../domain/secret-name.ts"

/** Shorter values are not searched for: they would match innocent text everywhere. */
const MIN_SECRET_CHARS = 8

/** Values that must not be written anywhere. One per process, shared by all that write text out. */
export interface SecretRegistry {
  /** Remembers a secret; values under 8 characters are ignored, protect those by their field's name. */
  readonly register: (secret: string | Redacted.Redacted<string>) => void
  /** The text with every registered secret replaced. */
  readonly redact: (text: string) => string
}

const hexBody = /^(?:0x)?((?:[0-9a-f]{2})+)$/i

/**
 * Base64 of bytes that may stand at any place inside a longer encoded text: for each of the three alignments, the
 * characters that do not depend on the neighbours, and the whole encoding.
 */
const base64Forms = (bytes: Buffer): ReadonlyArray<string> => {
  const inside = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64")
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  })
  const forms = [bytes.toString("base64").replace(/=+$/, ""), ...inside]
  return [...forms, ...forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))]
}

const formsOf = (secret: string): ReadonlyArray<string> => {
  const utf8 = Buffer.from(secret, "utf8")
  const asJson = JSON.stringify(secret).slice(1, -1)
  const asUri = encodeURIComponent(utf8.toString("utf8"))
  const forms = [secret, asJson, asUri, utf8.toString("hex"), ...base64Forms(utf8)]
  const hex = hexBody.exec(secret)?.[1]
  if (hex === undefined) return forms
  return [...forms, hex, BigInt(`0x${hex}`).toString(10), ...base64Forms(Buffer.from(hex, "hex"))]
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

/** An empty registry. Matching ignores case, so hex in any case is found. */
export const makeSecretRegistry = (): SecretRegistry => {
  const forms = new Set<string>()
  let pattern: RegExp | undefined
  let shortest = Number.POSITIVE_INFINITY
  return {
    register: (secret) => {
      const value = Redacted.isRedacted(secret) ? Redacted.value(secret) : secret
      if (value.length < MIN_SECRET_CHARS) return
      for (const form of formsOf(value)) if (form.length >= MIN_SECRET_CHARS) forms.add(form)
      const longestFirst = [...forms].toSorted((a, b) => b.length - a.length)
      shortest = longestFirst.at(-1)?.length ?? shortest
      pattern = new RegExp(`(?:0x)?(?:${longestFirst.map(escaped).join("|")})={0,2}`, "gi")
    },
    redact: (text) =>
      pattern === undefined || text.length < shortest ? text : text.replace(pattern, REDACTED)
  }
}
