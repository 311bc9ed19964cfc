/** What a settings schema says about its keys: which there are, what each may hold, what it is for. */
import { Option, SchemaAST as AST } from "effect"

/** A place in a configuration: keys from the top. */
export type Path = ReadonlyArray<string>

/** One key of a section. */
interface Field {
  readonly ast: AST.AST
  readonly description: string | undefined
}

/** The keys a value may have. `others` is what unnamed keys or list entries hold. */
interface Section {
  readonly fields: ReadonlyMap<string, Field>
  readonly others: AST.AST | undefined
}

const MAX_DEPTH = 12

const descriptionOn = (annotated: AST.Annotated): string | undefined =>
  Option.getOrUndefined(AST.getDescriptionAnnotation(annotated))

/** The description nearest to the outside of a type; built-in ones ("a string") say nothing. */
const describe = (ast: AST.AST): string | undefined => {
  if (AST.isUnion(ast)) {
    return descriptionOn(ast) ?? ast.types.map(describe).find((text) => text !== undefined)
  }
  if (AST.isRefinement(ast) || AST.isTransformation(ast)) return descriptionOn(ast) ?? describe(ast.from)
  return AST.isStringKeyword(ast) || AST.isNumberKeyword(ast) || AST.isBooleanKeyword(ast)
    ? descriptionOn(ast)?.replace(/^an? (string|number|boolean)$/, "") || undefined
    : descriptionOn(ast)
}

/** Property signatures of a struct as it is written, with descriptions from either side of its defaults. */
const structFields = (
  ast: AST.TypeLiteral,
  decoded: AST.AST | undefined
): ReadonlyArray<readonly [string, Field]> => {
  const outer = new Map(
    decoded !== undefined && AST.isTypeLiteral(decoded)
      ? decoded.propertySignatures.map((signature) => [signature.name, descriptionOn(signature)] as const)
      : []
  )
  return ast.propertySignatures.map((signature) => [
    String(signature.name),
    {
      ast: signature.type,
      description: descriptionOn(signature) ?? outer.get(signature.name) ?? describe(signature.type)
    }
  ])
}

const sectionsOf = (ast: AST.AST, decoded?: AST.AST): ReadonlyArray<Section> => {
  switch (ast._tag) {
    case "Suspend":
      return sectionsOf(ast.f())
    case "Refinement":
      return sectionsOf(ast.from)
    case "Transformation":
      return sectionsOf(ast.from, ast.to)
    case "Union":
      return ast.types.flatMap((type) => sectionsOf(type))
    case "TypeLiteral":
      return [{ fields: new Map(structFields(ast, decoded)), others: ast.indexSignatures[0]?.type }]
    case "TupleType":
      return [{ fields: new Map(), others: ast.rest[0]?.type ?? ast.elements[0]?.type }]
    default:
      return []
  }
}

/** The keys below a type; undefined where it holds a plain value. */
const sectionOf = (ast: AST.AST): Section | undefined => {
  const sections = sectionsOf(ast)
  if (sections.length === 0) return undefined
  return {
    fields: new Map(sections.flatMap((section) => [...section.fields])),
    others: sections.find((section) => section.others !== undefined)?.others
  }
}

/** What the schema says at a place; undefined where it knows no such key. */
export const fieldAt = (root: AST.AST, path: Path): Field | undefined => {
  let field: Field | undefined = { ast: root, description: undefined }
  for (const key of path) {
    const section: Section | undefined = field === undefined ? undefined : sectionOf(field.ast)
    const others: AST.AST | undefined = section?.others
    field = section?.fields.get(key) ?? (others && { ast: others, description: field?.description })
  }
  return field
}

/** The names of the keys right below a place. */
export const keysAt = (root: AST.AST, path: Path): ReadonlyArray<string> => {
  const field = fieldAt(root, path)
  return field === undefined ? [] : [...(sectionOf(field.ast)?.fields.keys() ?? [])]
}

/** True where a place holds a section or a list, and not a plain value. */
export const isSection = (ast: AST.AST): boolean => sectionOf(ast) !== undefined

/** All named places, sections before what is in them. */
export const knownPaths = (root: AST.AST, path: Path = []): ReadonlyArray<Path> =>
  path.length > MAX_DEPTH
    ? []
    : keysAt(root, path).flatMap((key) => [[...path, key], ...knownPaths(root, [...path, key])])
