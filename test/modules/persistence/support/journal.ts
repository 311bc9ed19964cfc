/** A journal in a directory, opened for the length of a use. */
import { Effect, Schema } from "effect"
import { Settings, layerConfig } from "../../../../src/modules/persistence/persistence.ts"
import { Persistence } from "../../../../src/ports/persistence.ts"

export const withJournal = <A, E, R>(
  stateDir: string,
  use: (journal: typeof Persistence.Service) => Effect.Effect<A, E, R>,
  options: { readonly settings?: Partial<typeof Settings.Type>; readonly world?: string } = {}
) =>
  Effect.flatMap(Persistence, use).pipe(
    Effect.provide(
      layerConfig({ ...Schema.decodeSync(Settings)({}), ...options.settings }, stateDir, options.world)
    )
  )
