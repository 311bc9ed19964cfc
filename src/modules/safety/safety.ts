/** The safety module: the one gate to the order-manager, and the capabilities. */
import { Effect, Either, Layer, Ref } from "effect"
import type { Capability } from "../../domain/capability.ts"
import { Persistence, type PersistenceError } from "../../ports/persistence.ts"
import { Safety } from "../../ports/trading.ts"
import type { Settings } from "./settings.ts"
import { type Tally, firstTally, judge } from "./tally.ts"

export { Settings } from "./settings.ts"

/** Takes a capability away or gives it back; says so only where that changes anything. */
const switched = (tally: Ref.Ref<Tally>, allowed: boolean) => (capability: Capability, reason: string) =>
  Ref.modify(tally, (now) => {
    const capabilities = new Set(now.capabilities)
    if (allowed) capabilities.add(capability)
    else capabilities.delete(capability)
    return [now.capabilities.has(capability) !== allowed, { ...now, capabilities }] as const
  }).pipe(
    Effect.flatMap((changed) =>
      changed
        ? Effect.logWarning(allowed ? "capability_restored" : "capability_revoked")
        : Effect.logDebug(allowed ? "capability_restored_again" : "capability_revoked_again")
    ),
    Effect.annotateLogs({ module: "safety", capability, reason })
  )

export const layerConfig = (
  settings: typeof Settings.Type
): Layer.Layer<Safety, PersistenceError, Persistence> =>
  Layer.effect(
    Safety,
    Effect.gen(function* () {
      const journal = yield* (yield* Persistence).load
      const tally = yield* Ref.make(firstTally(journal.orders))
      return {
        beginTick: () => Ref.update(tally, (now) => ({ ...now, approved: [] })),
        approve: (intent, context) =>
          Ref.modify(tally, (now) => judge(settings, now, intent, context)).pipe(
            Effect.map(Either.mapLeft((reason) => ({ module: "safety", subject: intent.slug, reason })))
          ),
        capabilities: Effect.map(Ref.get(tally), (now) => now.capabilities),
        revoke: switched(tally, false),
        restore: switched(tally, true)
      }
    })
  )
