import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { microUsd } from "../../src/domain/money.ts"
import { markets } from "./markets.ts"
import type { Sabotage } from "./swarm/life.ts"
import { runSeed } from "./swarm/seed.ts"

const LIMIT_MS = 240_000
/** A seed of many small orders, without a fault but the sabotage. */
const SCENE = { seed: 23, hours: 0.12, isCalm: true, market: markets[2] } as const

/** What is broken, how, and what the checks say of it. */
const SABOTAGES: ReadonlyArray<readonly [what: string, sabotage: Sabotage, verdict: RegExp]> = [
  [
    "an order is sent twice",
    {
      exchange: (exchange) => ({
        ...exchange,
        place: (intent, identity) =>
          Effect.zipRight(exchange.place(intent, identity), exchange.place(intent, identity))
      })
    },
    /is sent twice/
  ],
  [
    "a refused send is made good by a second order for the same intent",
    {
      exchange: (exchange) => ({
        ...exchange,
        place: (intent, identity) =>
          Effect.gen(function* () {
            yield* exchange.place(intent, identity)
            return yield* exchange.place(intent, yield* exchange.identify(intent))
          })
      })
    },
    /second order for one intent/
  ],
  [
    "an intent is not journalled",
    { journal: (journal) => ({ ...journal, recordIntent: () => Effect.void }) },
    /the journal does not know it/
  ],
  [
    "a fill is taken in and not stored",
    { journal: (journal) => ({ ...journal, recordFill: () => Effect.void }) },
    /is not booked|the journal has/
  ],
  [
    "a fill is booked at another price",
    {
      journal: (journal) => ({
        ...journal,
        recordFill: (fill, position) =>
          journal.recordFill({ ...fill, feeMicroUsd: microUsd(fill.feeMicroUsd + 1) }, position)
      })
    },
    /is no trade of the venue/
  ],
  [
    "fills are never told",
    {
      exchange: (exchange) => ({
        ...exchange,
        takeUpdates: Effect.succeed([]),
        trades: () => Effect.succeed([])
      })
    },
    /is not booked|counts as live/
  ],
  [
    "limits are ignored",
    {
      config: (config) => ({
        ...config,
        positionSizer: { ...config.positionSizer, orderUsd: microUsd(40_000_000) },
        safety: {
          ...config.safety,
          maxOrderUsd: microUsd(1_000_000_000),
          maxWindowUsd: microUsd(1_000_000_000),
          maxAssetUsd: microUsd(1_000_000_000),
          maxTotalUsd: microUsd(1_000_000_000)
        }
      })
    },
    /the limit is/
  ],
  [
    "a window is settled as the venue did not resolve it",
    {
      exchange: (exchange) => ({
        ...exchange,
        resolution: (window) =>
          Effect.map(
            exchange.resolution(window),
            (found) =>
              found && { ...found, outcome: found.outcome === "Up" ? ("Down" as const) : ("Up" as const) }
          )
      })
    },
    /the venue says/
  ]
]

describe("the checks of the simulation", () => {
  it(
    "checks – say nothing where nothing is broken",
    () =>
      Effect.runPromise(
        Effect.map(runSeed(SCENE), ({ counts, problems }) => {
          expect(problems).toEqual([])
          expect(counts["fills"]).toBeGreaterThan(3)
          expect(counts["audits"]).toBeGreaterThan(200)
        })
      ),
    LIMIT_MS
  )

  it.each(SABOTAGES)(
    "checks – notice that %s",
    (_, sabotage, verdict) =>
      Effect.runPromise(
        Effect.map(runSeed({ ...SCENE, sabotage }), ({ problems }) =>
          expect(problems.join("\n")).toMatch(verdict)
        )
      ),
    LIMIT_MS
  )
})
