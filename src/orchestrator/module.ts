/** Modules as the orchestrator knows them, and their order as one layer. */
import { type Effect, Layer, type Scope } from "effect"
import type { ModuleError, ModuleHost } from "../ports/module-host.ts"
import type { InitError } from "./errors.ts"

/** What a module says of itself besides its status: feed age, open orders and the like. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>

/** A Layer with a name, a lifecycle and a health. */
export interface ModuleDefinition<Out, In> {
  readonly name: string
  readonly layer: Layer.Layer<Out, ModuleError, In>
  /** Read by getState within a bound; a slow answer is replaced by the last one and its age. */
  readonly facts?: Effect.Effect<Facts, never, Out>
  /** Time of the total shutdown deadline that is kept for this module's release, whatever hangs before it. */
  readonly reservedShutdownMs?: number
  /** For a module without a step of its own: the steps of others that call it, as `module.operation`. */
  readonly calledIn?: ReadonlyArray<string>
  /** For a module that no step calls: what it is there for. */
  readonly infrastructure?: string
}

/** A module's place in its stack. */
export interface ModuleEntry {
  readonly name: string
  readonly reservedShutdownMs: number
  readonly calledIn: ReadonlyArray<string>
  readonly infrastructure: string | undefined
}

/** What is left to be provided to a hosted module: its host and its scope come with the hosting. */
export type HostedNeeds<In> = Exclude<Exclude<In, ModuleHost>, Scope.Scope>

/** How a module's layer is wrapped: bounds, events, rollback. See hosting.ts. */
export interface Hosting {
  readonly host: <Out, In>(module: ModuleDefinition<Out, In>) => Layer.Layer<Out, InitError, HostedNeeds<In>>
}

/** Modules in their order: each may use what those before it provide. Teardown is the reverse by construction. */
export interface ModuleStack<Out, In> {
  readonly modules: ReadonlyArray<ModuleEntry>
  readonly layer: (hosting: Hosting) => Layer.Layer<Out, InitError, In>
}

export const empty: ModuleStack<never, never> = { modules: [], layer: () => Layer.empty }

const entryOf = <Out, In>(module: ModuleDefinition<Out, In>): ModuleEntry => ({
  name: module.name,
  reservedShutdownMs: module.reservedShutdownMs ?? 0,
  calledIn: module.calledIn ?? [],
  infrastructure: module.infrastructure
})

/** Puts a module on top of those that are there. */
export const add =
  <Out2, In2>(module: ModuleDefinition<Out2, In2>) =>
  <Out, In>(stack: ModuleStack<Out, In>): ModuleStack<Out | Out2, In | Exclude<HostedNeeds<In2>, Out>> => ({
    modules: [...stack.modules, entryOf(module)],
    layer: (hosting) => hosting.host(module).pipe(Layer.provideMerge(stack.layer(hosting)))
  })
