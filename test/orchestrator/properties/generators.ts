/** Modules that come up and go down well, slowly, badly or never; and what they write down of it. */
import { Effect, FastCheck as fc, Layer } from "effect"
import { type ModuleStack, add, empty } from "../../../src/orchestrator/module.ts"
import { ExchangeError, type ExchangeReason } from "../../../src/ports/exchange.ts"
import type { ModuleError } from "../../../src/ports/module-host.ts"
import { PersistenceError } from "../../../src/ports/persistence.ts"
import { SpotError } from "../../../src/ports/spot.ts"
import type { World } from "./world.ts"

/** What a module does between its first acquisition and its second. */
export type Init =
  | { readonly kind: "fast" | "hang" | "deaf" | "defect" | "interrupt" }
  | { readonly kind: "slow" | "late"; readonly ms: number }
  | { readonly kind: "fail"; readonly error: ModuleError }

export type Release =
  | { readonly kind: "fast" | "hang" | "defect" }
  | { readonly kind: "slow"; readonly ms: number }

export interface ModulePlan {
  readonly name: string
  readonly init: Init
  readonly release: Release
  readonly reservedMs: number
}

const site = { module: "venue", operation: "call" }
export const exchange = (reason: ExchangeReason) =>
  new ExchangeError({ ...site, message: reason._tag, reason })

export const transient = exchange({ _tag: "Unavailable" })
export const defectOf = (what: string) => new Error(`defect: ${what}`)

/** One error of every tag and reason that a module may raise. */
export const moduleErrors: ReadonlyArray<ModuleError> = [
  transient,
  exchange({ _tag: "RateLimited", retryAfterMs: 1_500 }),
  exchange({ _tag: "Maintenance", retryAfterMs: 2_500 }),
  exchange({ _tag: "OutcomeUnknown", orderId: "0x1" }),
  exchange({ _tag: "Refused" }),
  exchange({ _tag: "Undecodable" }),
  exchange({ _tag: "AuthFailed" }),
  ...PersistenceError.fields.reason.literals.map(
    (reason) => new PersistenceError({ ...site, message: reason, reason, path: "journal" })
  ),
  ...SpotError.fields.reason.literals.map((reason) => new SpotError({ ...site, message: reason, reason }))
]

/**
 * No two things of a generated world happen at the same instant but by cause: every module has its own thousandths of a
 * millisecond.
 */
const ownMs = (index: number, ms: number) => ms + (index + 1) / 1_000

export const BOUND_MS = 5_000

const initOf = (index: number): fc.Arbitrary<Init> =>
  fc.oneof(
    { weight: 60, arbitrary: fc.constant<Init>({ kind: "fast" }) },
    {
      weight: 25,
      arbitrary: fc
        .integer({ min: 1, max: BOUND_MS - 2 })
        .map((ms): Init => ({ kind: "slow", ms: ownMs(index, ms) }))
    },
    {
      weight: 3,
      arbitrary: fc
        .integer({ min: 1, max: 3 * BOUND_MS })
        .map((ms): Init => ({ kind: "late", ms: ownMs(index, ms) }))
    },
    { weight: 2, arbitrary: fc.constantFrom<Init>({ kind: "hang" }, { kind: "deaf" }) },
    { weight: 2, arbitrary: fc.constantFrom<Init>({ kind: "defect" }, { kind: "interrupt" }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...moduleErrors).map((error): Init => ({ kind: "fail", error }))
    }
  )

const releaseOf = (index: number): fc.Arbitrary<Release> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant<Release>({ kind: "fast" }) },
    {
      weight: 3,
      arbitrary: fc
        .integer({ min: 1, max: 2 * BOUND_MS })
        .map((ms): Release => ({ kind: "slow", ms: ownMs(index, ms) + 0.5 }))
    },
    { weight: 1, arbitrary: fc.constantFrom<Release>({ kind: "hang" }, { kind: "defect" }) }
  )

/** One to twelve modules; `inits` says what their inits may be like. */
export const modulePlans = (inits: "any" | "fast" = "any"): fc.Arbitrary<ReadonlyArray<ModulePlan>> =>
  fc.integer({ min: 1, max: 12 }).chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, index) =>
        fc.record({
          name: fc.constant(`m${index}`),
          init: inits === "any" ? initOf(index) : fc.constant<Init>({ kind: "fast" }),
          release: releaseOf(index),
          reservedMs: index === 0 ? fc.constantFrom(0, 1_000, 3_000) : fc.constant(0)
        })
      )
    )
  )

/** What happened to which module, and when. */
export type Line = readonly [atMs: number, event: "begin" | "up" | "down" | "end", module: string]

const behave = (name: string, init: Init): Effect.Effect<void, ModuleError> => {
  switch (init.kind) {
    case "fast":
      return Effect.void
    case "hang":
      return Effect.never
    case "deaf":
      return Effect.uninterruptible(Effect.never)
    case "defect":
      return Effect.die(defectOf(name))
    case "interrupt":
      return Effect.interrupt
    case "slow":
      return Effect.sleep(init.ms)
    case "late":
      return Effect.uninterruptible(Effect.sleep(init.ms))
    case "fail":
      return Effect.fail(init.error)
  }
}

const release = (name: string, plan: Release): Effect.Effect<void> => {
  switch (plan.kind) {
    case "fast":
      return Effect.void
    case "hang":
      return Effect.never
    case "defect":
      return Effect.die(defectOf(`${name}'s release`))
    case "slow":
      return Effect.sleep(plan.ms)
  }
}

/**
 * A module acquires two things and writes it down: `begin` (the first), `up` (the second), `down` (the second's release
 * begins), `end` (the first is released, which is the last that happens).
 */
export const layerOf = (plan: ModulePlan, world: World, journal: Array<Line>) => {
  const note = (event: Line[1]) => Effect.sync(() => void journal.push([world.nowMs(), event, plan.name]))
  const acquire = Effect.acquireRelease(note("up"), () =>
    Effect.zipRight(note("down"), release(plan.name, plan.release))
  )
  const rest = Effect.zipRight(behave(plan.name, plan.init), acquire)
  return Layer.scopedDiscard(
    Effect.zipRight(
      Effect.acquireRelease(note("begin"), () => note("end")),
      // One that cannot be interrupted succeeds, however late.
      plan.init.kind === "late" ? Effect.uninterruptible(rest) : rest
    )
  )
}

export const stackOf = (
  plans: ReadonlyArray<ModulePlan>,
  world: World,
  journal: Array<Line>
): ModuleStack<never, never> =>
  plans.reduce<ModuleStack<never, never>>(
    (stack, plan) =>
      add({
        name: plan.name,
        layer: layerOf(plan, world, journal),
        ...(plan.reservedMs === 0 ? {} : { reservedShutdownMs: plan.reservedMs })
      })(stack),
    empty
  )
