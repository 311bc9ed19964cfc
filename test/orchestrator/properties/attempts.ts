/** What a step or a background fiber does each time it is run, and what the policy should make of it. */
import { Effect, FastCheck as fc } from "effect"
import type { ModuleError } from "../../../src/ports/module-host.ts"
import { defectOf, exchange, moduleErrors } from "./generators.ts"

export type Attempt =
  | { readonly kind: "ok" | "defect" | "interrupt"; readonly ms: number }
  | { readonly kind: "fail" | "die"; readonly ms: number; readonly error: ModuleError }
  /** Does not end by itself; can be interrupted. */
  | { readonly kind: "hang" }
  /** Ends by itself, and cannot be interrupted before. */
  | { readonly kind: "deaf"; readonly ms: number }

export const perform = (attempt: Attempt): Effect.Effect<void, ModuleError> => {
  switch (attempt.kind) {
    case "ok":
      return Effect.sleep(attempt.ms)
    case "fail":
      return Effect.zipRight(Effect.sleep(attempt.ms), Effect.fail(attempt.error))
    case "die":
      return Effect.zipRight(Effect.sleep(attempt.ms), Effect.die(attempt.error))
    case "defect":
      return Effect.zipRight(Effect.sleep(attempt.ms), Effect.die(defectOf("attempt")))
    case "interrupt":
      return Effect.zipRight(Effect.sleep(attempt.ms), Effect.interrupt)
    case "hang":
      return Effect.never
    case "deaf":
      return Effect.uninterruptible(Effect.sleep(attempt.ms))
  }
}

/** How an attempt ends: undefined where it works. */
export interface Ending {
  readonly category: "transient" | "rate-limited" | "maintenance" | "ambiguous" | "refused" | "fatal"
  /** The wait that the venue asks for. */
  readonly waitMs: number
  readonly code: string
  readonly module: string
  readonly operation: string
}

const FATAL = new Set(["DiskFull", "NotWritable", "Corrupt", "NewerSchema", "HeldByAnother", "WrongWorld"])
const VENUE: Readonly<Record<string, Ending["category"]>> = {
  RateLimited: "rate-limited",
  Maintenance: "maintenance",
  OutcomeUnknown: "ambiguous",
  Refused: "refused",
  AuthFailed: "fatal"
}

const endingOf = (error: ModuleError): Ending => {
  const reason = typeof error.reason === "string" ? error.reason : error.reason._tag
  const category = error._tag === "ExchangeError" ? VENUE[reason] : FATAL.has(reason) ? "fatal" : undefined
  const asked =
    typeof error.reason === "object" && "retryAfterMs" in error.reason ? error.reason.retryAfterMs : 0
  return {
    category: category ?? "transient",
    waitMs: Math.min(60_000, Math.max(1, asked)),
    code: `${error._tag}.${reason}`,
    module: error.module,
    operation: error.operation
  }
}

/** What the policy should make of an attempt of a step whose bound is `boundMs`, or that has none. */
export const judge = (
  attempt: Attempt,
  site: { readonly module: string; readonly operation: string },
  boundMs = Infinity
): Ending | undefined => {
  if (attempt.kind === "ok" || (attempt.kind === "deaf" && attempt.ms < boundMs)) return undefined
  if (attempt.kind === "fail" || attempt.kind === "die") return endingOf(attempt.error)
  return { category: "transient", waitMs: 0, code: "EXECUTION_LOOP_ERROR", ...site }
}

/** When it ends, from its begin. */
export const lastsMs = (attempt: Attempt, boundMs: number): number =>
  attempt.kind === "hang" ? boundMs : attempt.ms

/**
 * Times have thousandths of the attempt's owner, so that no attempt ends at a slot of the grid and no two owners' end
 * together but by cause.
 */
const anyMs = (ownMs: number, mostMs: number) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(ownMs) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: mostMs }).map((ms) => ms + ownMs) }
  )

const waits = fc.constantFrom(-5, 0, 1, 700, 1_500, 59_999, 60_000, 3_600_000, Infinity)
const venueErrors = fc.oneof(
  waits.map((retryAfterMs) => exchange({ _tag: "RateLimited", retryAfterMs })),
  waits.map((retryAfterMs) => exchange({ _tag: "Maintenance", retryAfterMs }))
)
const isFatal = (error: ModuleError) => endingOf(error).category === "fatal"
export const mildErrors = moduleErrors.filter((error) => !isFatal(error))
export const fatalErrors = moduleErrors.filter(isFatal)

const attempts = (ownMs: number, boundMs: number): fc.Arbitrary<ReadonlyArray<Attempt>> => {
  const ms = anyMs(ownMs, boundMs - 2)
  const one: fc.Arbitrary<Attempt> = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("ok" as const), ms }) },
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constantFrom("fail" as const, "die" as const),
        ms,
        error: fc.constantFrom(...mildErrors)
      })
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("fail" as const), ms, error: venueErrors }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constantFrom("defect" as const, "interrupt" as const), ms })
    },
    { weight: 1, arbitrary: fc.constant<Attempt>({ kind: "hang" }) },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: 1, max: 3 * boundMs })
        .map((deafMs): Attempt => ({ kind: "deaf", ms: deafMs + ownMs }))
    }
  )
  // The same over and over, as an outage is: a few times, often enough to escalate, or longer than the venue is waited for.
  const times = fc.oneof(
    { weight: 6, arbitrary: fc.constant(1) },
    { weight: 3, arbitrary: fc.integer({ min: 2, max: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 55, max: 70 }) }
  )
  return fc
    .array(fc.tuple(one, times), { minLength: 1, maxLength: 8 })
    .map((runs) => runs.flatMap(([attempt, count]) => Array.from({ length: count }, () => attempt)))
}

/** A story of attempts, now and then with a fatal end; once it is told, everything works. */
export const stories = (owner: number, boundMs: number): fc.Arbitrary<ReadonlyArray<Attempt>> => {
  const ownMs = (owner + 1) / 1_000
  const ends = fc.option(fc.constantFrom(...fatalErrors), { freq: 3, nil: undefined })
  return fc
    .tuple(attempts(ownMs, boundMs), ends, fc.boolean())
    .map(([told, error, isTyped]) => [
      ...told,
      ...(error === undefined ? [] : [{ kind: isTyped ? "fail" : "die", ms: ownMs, error } as const])
    ])
}

/** The n-th attempt of a story, from 0. */
export const attemptOf = (story: ReadonlyArray<Attempt>, index: number, owner: number): Attempt =>
  story[index] ?? { kind: "ok", ms: (owner + 1) / 1_000 }
