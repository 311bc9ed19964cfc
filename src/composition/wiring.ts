/** Nothing inert: whatever is configured, registered or made a step must reach something, or there is no start. */
import { Effect } from "effect"
import { ConfigInvalid } from "../config/config-invalid.ts"
import type { ModuleEntry } from "../orchestrator/module.ts"
import { siteKey } from "../orchestrator/supervisor.ts"
import type { AppConfig, Mode } from "./app-config.ts"

/** Settings that a mode has no use for, and why: one configuration serves several modes. */
const UNUSED_IN: Readonly<Record<Mode, { readonly [Key in keyof AppConfig]?: string }>> = {
  sim: { data: "only a replay plays a recording" },
  replay: { simulator: "the recording is the market" },
  paper: {
    data: "only a replay plays a recording",
    simulator: "the market is live",
    speed: "time is the machine's"
  },
  live: {
    data: "only a replay plays a recording",
    simulator: "the market is live",
    exchange: "it is real",
    seed: "chance is the machine's",
    speed: "time is the machine's"
  }
}

/** A configuration that remembers what was taken out of it. */
export interface TrackedConfig {
  readonly config: AppConfig
  /** Sections and settings that nobody has taken so far. */
  readonly unread: () => ReadonlyArray<keyof AppConfig>
}

/** Reading a section counts for the section, whatever becomes of it; copying the whole configuration reads all of it. */
export const trackReads = (config: AppConfig): TrackedConfig => {
  const read = new Set<PropertyKey>()
  return {
    config: new Proxy(config, {
      get: (target, key) => {
        read.add(key)
        return Reflect.get(target, key) as unknown
      }
    }),
    unread: () => keysOf(config).filter((key) => !read.has(key))
  }
}

const keysOf = (config: AppConfig) => Object.keys(config) as ReadonlyArray<keyof AppConfig>

/** What a run is put together from. */
export interface Wiring {
  readonly mode: Mode
  readonly unread: ReadonlyArray<keyof AppConfig>
  readonly modules: ReadonlyArray<ModuleEntry>
  readonly steps: ReadonlyArray<{ readonly module: string; readonly operation: string }>
}

const repeated = (names: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index))
]

const moduleProblems = ({ modules, steps }: Wiring): ReadonlyArray<string> => {
  const stepped = new Set(steps.map(({ module }) => module))
  const sites = new Set(steps.map(siteKey))
  return modules.flatMap(({ calledIn, infrastructure, name }) => {
    const unknown = calledIn.filter((site) => !sites.has(site))
    const reached = stepped.has(name) || calledIn.length > unknown.length
    return [
      ...unknown.map((site) => `module ${name} says that ${site} calls it, which is no step of the tick`),
      ...(reached || infrastructure !== undefined
        ? []
        : [`module ${name} is registered, but no step of the tick reaches it`]),
      ...(reached && infrastructure !== undefined
        ? [`module ${name} says that no step calls it (${infrastructure}), but one does`]
        : [])
    ]
  })
}

/** Everything that is there and does nothing, one sentence each. */
export const wiringProblems = (wiring: Wiring): ReadonlyArray<string> => {
  const { mode, modules, steps, unread } = wiring
  const names = modules.map(({ name }) => name)
  return [
    ...unread
      .filter((key) => UNUSED_IN[mode][key] === undefined)
      .map((key) => `"${key}" is configured, but nothing in mode ${mode} reads it`),
    ...moduleProblems(wiring),
    ...steps
      .filter(({ module }) => !names.includes(module))
      .map((step) => `step ${siteKey(step)} is of module ${step.module}, which is not registered`),
    ...repeated(names).map((name) => `module ${name} is registered twice`),
    ...repeated(steps.map(siteKey)).map((site) => `step ${site} is there twice`)
  ]
}

/** Refuses to start what has something inert in it. */
export const checkWiring = (wiring: Wiring): Effect.Effect<void, ConfigInvalid> => {
  const problems = wiringProblems(wiring)
  return problems.length === 0 ? Effect.void : Effect.fail(new ConfigInvalid({ problems }))
}
