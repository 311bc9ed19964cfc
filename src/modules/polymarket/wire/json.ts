/** JSON of the venue, bounded before it is parsed and checked before it is used. */
import { Either, ParseResult, Schema } from "effect"

/** Longest answer or frame that is looked at. */
export const MAX_WIRE_CHARS = 1_048_576

/** Why a text of the venue was not taken. */
export interface WireFault {
  readonly kind: "too-large" | "not-json" | "shape"
  /** For a person; names the path of the field where it is the shape. */
  readonly message: string
}

const fault = (kind: WireFault["kind"], message: string): Either.Either<never, WireFault> =>
  Either.left({ kind, message })

/** Longest part of a fault's message: what a hostile answer says must not fill the log. */
const MAX_MESSAGE = 500

/** Parses within the bound. A key `__proto__` becomes an ordinary own key, and Schemas copy only the fields they name. */
export const parseJson = (text: string): Either.Either<unknown, WireFault> => {
  if (text.length > MAX_WIRE_CHARS)
    return fault("too-large", `${text.length} characters; at most ${MAX_WIRE_CHARS} are read`)
  try {
    return Either.right(JSON.parse(text) as unknown)
  } catch (error) {
    return fault("not-json", error instanceof Error ? error.message.slice(0, MAX_MESSAGE) : "no JSON")
  }
}

/** The first problem, with its path. Formatting a value that is nested without end must not be our end. */
const problemOf = (error: ParseResult.ParseError): string => {
  try {
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
    return issue === undefined
      ? "an unknown shape"
      : `${issue.path.length === 0 ? "the whole" : issue.path.map(String).join(".")}: ${issue.message}`.slice(
          0,
          MAX_MESSAGE
        )
  } catch {
    return "a shape that cannot be told"
  }
}

/** Decodes what was parsed; what is missing or wrong is named by its path, what is more than is known is let be. */
export const decodeJson = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (json: unknown): Either.Either<A, WireFault> => {
    try {
      return Either.mapLeft(
        decode(json),
        (error): WireFault => ({ kind: "shape", message: problemOf(error) })
      )
    } catch (error) {
      return fault("shape", error instanceof RangeError ? "nested too deep" : "an unknown shape")
    }
  }
}

/** Parses and decodes. */
export const readJson = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = decodeJson(schema)
  return (text: string): Either.Either<A, WireFault> => Either.flatMap(parseJson(text), decode)
}

/** A field whose text is JSON itself, as Gamma writes lists. */
export const jsonText = <A, I>(schema: Schema.Schema<A, I>) => Schema.parseJson(schema)
