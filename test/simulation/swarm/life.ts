/** One life of the daemon, from a start to a stop or a death, with what its faults and its checks share. */
import { type Context, Deferred, Effect } from "effect"
import type { Capability } from "../../../src/domain/capability.ts"
import type { Book } from "../../../src/domain/book.ts"
import type { TokenId } from "../../../src/domain/window.ts"
import type { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import type { ShutdownReport } from "../../../src/orchestrator/shutdown.ts"
import type { TickServices } from "../../../src/orchestrator/trading/trading-tick.ts"
import type { AccountUpdate, Exchange } from "../../../src/ports/exchange.ts"
import type { Persistence } from "../../../src/ports/persistence.ts"
import type { AppConfig } from "../../../src/composition/app-config.ts"
import type { Ground } from "./ground.ts"
import type { Mortal } from "./mortal.ts"
import type { Weather } from "./weather.ts"
import type { Witness } from "./witness.ts"

/** Breaks the daemon on purpose, behind the back of the checks, which must notice. */
export interface Sabotage {
  readonly exchange?: (exchange: typeof Exchange.Service) => typeof Exchange.Service
  readonly journal?: (journal: typeof Persistence.Service) => typeof Persistence.Service
  /** What the modules are told; the checks hold them to what they should have been told. */
  readonly config?: (config: AppConfig) => AppConfig
}

/** What all lives of a seed share. */
export interface History {
  readonly seed: number
  readonly config: AppConfig
  readonly weather: Weather
  readonly witness: Witness
  readonly isInside: boolean
  readonly sabotage: Sabotage
  /** True time, Unix milliseconds. */
  readonly nowMs: () => number
}

/** How a life ended. */
export type End = { readonly _tag: "Died" } | { readonly _tag: "Stopped"; readonly report: ShutdownReport }

/** A book as the daemon was last given it, and since when it says this. */
export interface Given {
  readonly book: Book
  readonly sinceMs: number
}

export class Life {
  readonly over: Deferred.Deferred<End>
  /** The venue and the journal without their faults; there once their module is up. */
  ground: Ground | undefined
  journal: typeof Persistence.Service | undefined
  orchestrator: typeof Orchestrator.Service | undefined
  services: Context.Context<TickServices> | undefined
  tick = 0
  /** Capabilities that somebody has taken away, and those that are taken away so far. */
  readonly halted = new Set<Capability>()
  readonly revoked = new Set<Capability>()
  readonly books = new Map<TokenId, Given>()
  /** True time of the newest price the daemon was given, by the source's stamp. */
  newestSpotMs = Number.NEGATIVE_INFINITY
  /** News on their way, with the time of their coming. */
  lateNews: ReadonlyArray<{ readonly atMs: number; readonly update: AccountUpdate }> = []
  /** When each step last ran in full, and when it last failed. */
  readonly ran = new Map<string, number>()
  readonly failedAtMs = new Map<string, number>()
  onDeath: () => void = () => undefined
  readonly history: History
  readonly number: number
  readonly directory: string
  readonly mortal: Mortal

  constructor(
    history: History,
    number: number,
    directory: string,
    mortal: Mortal,
    over: Deferred.Deferred<End>
  ) {
    this.history = history
    this.number = number
    this.directory = directory
    this.mortal = mortal
    this.over = over
  }

  /** Dead on the spot: nothing of it runs after this. */
  die(): void {
    if (this.mortal.isDead) return
    this.mortal.kill()
    this.onDeath()
    Deferred.unsafeDone(this.over, Effect.succeed<End>({ _tag: "Died" }))
  }

  /** The daemon is dropped dead where it stands, where its seed says so. */
  get mayDie(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!this.history.weather.strikes("crash-at-port")) return Effect.void
      this.die()
      return Effect.never
    })
  }
}
