/** Fault scripts: what goes wrong, when, and how likely. */
import { Either, Option, ParseResult, Schema, SchemaAST } from "effect"
import { type Fault, KINDS, type Kind, isKind } from "./kinds.ts"

export type FaultScript = ReadonlyArray<Fault>

/** More than this in one script are refused. */
const MAX_FAULTS = 1_000
const MAX_SHOWN_CHARS = 80

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS)}…`
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const schemaOf = (kind: Kind): Schema.Schema<Fault, unknown> => KINDS[kind] as never

/** The fields as they are written, each with its own words for what is allowed. */
const fieldsOf = (kind: Kind): ReadonlyArray<SchemaAST.PropertySignature> => {
  const { ast } = schemaOf(kind)
  return SchemaAST.getPropertySignatures(SchemaAST.isTransformation(ast) ? ast.from : ast)
}

const allowedIn = (field: SchemaAST.PropertySignature): string =>
  Option.getOrElse(SchemaAST.getDescriptionAnnotation(field.type), () => "another value")

const FIELD_NAMES = "faults"
const here = (index: number, path: ReadonlyArray<PropertyKey>): string =>
  [FIELD_NAMES, index, ...path].map(String).join(".")

/** The first thing that is wrong with a fault. */
const problemOf = (
  fault: Readonly<Record<string, unknown>>,
  kind: Kind,
  index: number,
  error: ParseResult.ParseError
): string => {
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
  const path = issue?.path ?? []
  const [name] = path
  const fields = fieldsOf(kind)
  const known = fields.find((each) => each.name === name)
  if (known === undefined) {
    const names = fields.map((each) => String(each.name)).join(", ")
    return `"${here(index, path)}" is no field of a fault of kind ${kind}: it has ${names}`
  }
  const value = fault[String(name)]
  return `"${here(index, [String(name)])}" is ${shown(value)}: ${allowedIn(known)} is needed`
}

const readFault = (value: unknown, index: number): Either.Either<Fault, string> => {
  if (!isRecord(value)) return Either.left(`"${here(index, [])}" is ${shown(value)}: an object is needed`)
  const { kind } = value
  if (!isKind(kind)) {
    const kinds = Object.keys(KINDS).join(", ")
    return Either.left(`"${here(index, ["kind"])}" is ${shown(kind)}: one of ${kinds} is needed`)
  }
  const schema: Schema.Schema<Fault, unknown> = KINDS[kind] as never
  return Either.mapLeft(Schema.decodeUnknownEither(schema, { onExcessProperty: "error" })(value), (error) =>
    problemOf(value, kind, index, error)
  )
}

const parseJson = (text: string): Either.Either<unknown, string> =>
  Either.try({
    try: (): unknown => JSON.parse(text),
    catch: (error) => `it is no JSON: ${error instanceof Error ? error.message : String(error)}`
  })

/** Reads a script; left with one sentence that says where the first mistake is, what stands there and what may. */
export const readFaultScript = (text: string): Either.Either<FaultScript, string> =>
  Either.flatMap(parseJson(text), (json) => {
    if (!isRecord(json))
      return Either.left(`it is ${shown(json)}: an object such as {"faults": []} is needed`)
    const extra = Object.keys(json).find((key) => key !== FIELD_NAMES)
    if (extra !== undefined)
      return Either.left(`"${extra}" is no field of a fault script: it has ${FIELD_NAMES}`)
    const { faults } = json
    if (!Array.isArray(faults) || faults.length > MAX_FAULTS) {
      const what = Array.isArray(faults) ? `a list of ${faults.length}` : shown(faults)
      return Either.left(`"${FIELD_NAMES}" is ${what}: a list of at most ${MAX_FAULTS} faults is needed`)
    }
    return Either.all(faults.map(readFault))
  })
