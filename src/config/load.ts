/** The whole configuration: layers in, one decoded value or every problem out. */
import { Effect, Either, Schema } from "effect"
import { ConfigInvalid } from "./config-invalid.ts"
import type { ConfigLayer } from "./layer.ts"
import { mergeLayers } from "./merge.ts"
import { keyProblems } from "./unknown-keys.ts"
import { valueProblems } from "./value-problems.ts"

/**
 * Merges the layers leaf by leaf, later ones winning, and decodes the result once. Fails with all problems of all
 * layers at once: unreadable sources, unknown keys (with the nearest known one), values that do not fit, secrets in files.
 */
export const loadConfig = <A, I>(options: {
  readonly schema: Schema.Schema<A, I>
  readonly layers: ReadonlyArray<ConfigLayer>
}): Effect.Effect<A, ConfigInvalid> =>
  Effect.suspend(() => {
    const { layers, schema } = options
    const merged = mergeLayers(layers)
    const early = layers.flatMap((layer) => [...layer.problems, ...keyProblems(schema.ast, layer)])
    const decoded = Schema.decodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })(
      merged.value
    )
    // A source that could not be read may have held what is missing: its own problem says enough.
    const unread = layers.some((layer) => layer.problems.length > 0)
    const late = Either.match(decoded, {
      onLeft: (error) =>
        valueProblems(schema, merged, error).filter((text) => !unread || !text.includes("is required")),
      onRight: () => []
    })
    const problems = [...new Set([...early, ...late])]
    if (problems.length > 0) return Effect.fail(new ConfigInvalid({ problems }))
    return Either.match(decoded, {
      onLeft: (error) => Effect.fail(new ConfigInvalid({ problems: [error.message] })),
      onRight: (config) => Effect.succeed(config)
    })
  })
