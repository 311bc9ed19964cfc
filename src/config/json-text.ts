/**
 * A strict JSON reader for configuration files. Unlike `JSON.parse` it says where a fault is (the runtime's own message
 * has no place in some versions), refuses a key that is given twice, and remembers each key's line.
 */
import { Either } from "effect"

/** A fault in a text, with the place as an editor shows it, both counted from 1. */
export interface JsonFault {
  readonly what: string
  readonly line: number
  readonly column: number
  /** The line itself. */
  readonly text: string
}

/** A value, and the line of each key in it: `{"a":{"b":1}}` has the paths `a` and `a.b`. */
export interface JsonDocument {
  readonly value: unknown
  readonly lines: ReadonlyMap<string, number>
}

const MAX_DEPTH = 64
const whitespace = /[ \t\n\r]*/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// oxlint-disable-next-line no-control-regex -- JSON forbids them in strings
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const words: ReadonlyArray<readonly [string, unknown]> = [
  ["true", true],
  ["false", false],
  ["null", null]
]

class Fault {
  readonly what: string
  readonly at: number
  constructor(what: string, at: number) {
    this.what = what
    this.at = at
  }
}

class Reader {
  at = 0
  readonly source: string
  readonly path: Array<string> = []
  readonly lines = new Map<string, number>()

  constructor(source: string) {
    this.source = source
  }

  fail(what: string, at = this.at): never {
    throw new Fault(what, at)
  }

  found(): string {
    const char = this.source.codePointAt(this.at)
    return char === undefined ? "the end of the file" : JSON.stringify(String.fromCodePoint(char))
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const text = pattern.exec(this.source)?.[0]
    if (text !== undefined) this.at += text.length
    return text
  }

  space(): void {
    this.match(whitespace)
    if (this.source.startsWith("//", this.at) || this.source.startsWith("/*", this.at))
      this.fail("JSON has no comments")
  }

  take(char: string): boolean {
    this.space()
    if (this.source[this.at] !== char) return false
    this.at += 1
    return true
  }

  key(): string {
    this.space()
    const at = this.at
    const raw = this.match(string)
    if (raw !== undefined) return JSON.parse(raw) as string
    const trailing = this.source[at] === "}" ? " (a comma too many before it?)" : ""
    return this.fail(`expected a key in double quotes, found ${this.found()}${trailing}`)
  }

  object(): unknown {
    const out: Record<string, unknown> = {}
    if (this.take("}")) return out
    do {
      this.space()
      const at = this.at
      const key = this.key()
      if (Object.hasOwn(out, key)) this.fail(`the key "${key}" is given twice`, at)
      if (!this.take(":")) this.fail(`expected ":" after the key "${key}", found ${this.found()}`)
      this.path.push(key)
      this.lines.set(this.path.join("."), lineAt(this.source, at))
      const value = this.value()
      Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true })
      this.path.pop()
    } while (this.take(","))
    if (!this.take("}")) this.fail(`expected "," or "}", found ${this.found()}`)
    return out
  }

  array(): unknown {
    const out: Array<unknown> = []
    if (this.take("]")) return out
    do {
      this.path.push(String(out.length))
      out.push(this.value())
      this.path.pop()
    } while (this.take(","))
    if (!this.take("]")) this.fail(`expected "," or "]", found ${this.found()}`)
    return out
  }

  value(): unknown {
    if (this.path.length > MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH} levels`)
    if (this.take("{")) return this.object()
    if (this.take("[")) return this.array()
    const quoted = this.match(string)
    if (quoted !== undefined) return JSON.parse(quoted)
    const digits = this.match(number)
    if (digits !== undefined) return Number(digits)
    for (const [word, value] of words) {
      if (!this.source.startsWith(word, this.at)) continue
      this.at += word.length
      return value
    }
    const broken =
      this.source[this.at] === '"' ? "a string that does not end, or with a bad escape" : this.found()
    return this.fail(`expected a value, found ${broken}`)
  }
}

const lineAt = (source: string, at: number): number => source.slice(0, at).split("\n").length

const place = (source: string, at: number): Pick<JsonFault, "line" | "column" | "text"> => {
  const start = source.lastIndexOf("\n", at - 1) + 1
  const end = source.indexOf("\n", at)
  const text = source.slice(start, end === -1 ? source.length : end).replace(/\r$/, "")
  return { line: lineAt(source, start), column: at - start + 1, text: text.slice(0, 200) }
}

/** Reads a whole text as one JSON value; left: the first fault and its place. A byte order mark is skipped. */
export const readJson = (text: string): Either.Either<JsonDocument, JsonFault> => {
  const source = text.startsWith("\ufeff") ? text.slice(1) : text
  const reader = new Reader(source)
  try {
    const value = reader.value()
    reader.space()
    if (reader.at < source.length) reader.fail(`expected nothing more, found ${reader.found()}`)
    return Either.right({ value, lines: reader.lines })
  } catch (error) {
    if (error instanceof Fault) return Either.left({ what: error.what, ...place(source, error.at) })
    throw error
  }
}
