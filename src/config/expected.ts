/** What a setting may hold, in words. */
import { Option, SchemaAST as AST } from "effect"
import { isSection } from "./schema-tree.ts"

const bounds = (ast: AST.Refinement): Readonly<Record<string, unknown>> => ({
  ...(AST.isRefinement(ast.from) ? bounds(ast.from) : {}),
  ...Option.getOrElse(AST.getJSONSchemaAnnotation(ast), () => ({}))
})

const range = (limits: Readonly<Record<string, unknown>>): string => {
  const said = (key: string, words: string) =>
    limits[key] === undefined ? [] : [`${words} ${String(limits[key])}`]
  if (limits["minimum"] !== undefined && limits["maximum"] !== undefined) {
    return ` from ${String(limits["minimum"])} to ${String(limits["maximum"])}`
  }
  const words = [
    ...said("minimum", "at least"),
    ...said("maximum", "at most"),
    ...said("exclusiveMinimum", "above"),
    ...said("exclusiveMaximum", "below")
  ]
  return words.length === 0 ? "" : ` ${words.join(" and ")}`
}

const refined = (ast: AST.Refinement): string => {
  const limits = bounds(ast)
  const base = expected(ast.from)
  const whole = limits["type"] === "integer" && base.startsWith("a number")
  return `${whole ? "a whole number" : base.replace(/ (from|at least|at most|above|below) .*/, "")}${range(limits)}`
}

/** "a whole number from 10 to 3600000", `one of "json", "pretty"`, "text" … */
export const expected = (ast: AST.AST): string => {
  switch (ast._tag) {
    case "StringKeyword":
    case "TemplateLiteral":
      return "text"
    case "NumberKeyword":
      return "a number"
    case "BooleanKeyword":
      return "true or false"
    case "Literal":
      return JSON.stringify(ast.literal)
    case "Refinement":
      return refined(ast)
    case "Transformation":
      return expected(ast.from)
    case "Suspend":
      return expected(ast.f())
    case "TupleType":
      return "a list"
    case "Union": {
      const types = ast.types.filter((type) => !AST.isUndefinedKeyword(type))
      const words = [...new Set(types.map(expected))]
      return words.length > 1 && types.every(AST.isLiteral)
        ? `one of ${words.join(", ")}`
        : words.join(" or ")
    }
    default:
      return isSection(ast) ? "a section with keys of its own" : "another kind of value"
  }
}
