import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeBackoff } from "../../src/orchestrator/backoff.ts"
import { inWorld } from "./properties/world.ts"

/** How long a first failure waits, by the seed. */
const firstWaitMs = (seed: number) =>
  inWorld({ seed, yieldPercent: 0 }, (world) =>
    Effect.gen(function* () {
      const backoff = yield* makeBackoff({ retryBackoffMs: 1_000, maxRetryAttempts: 1 })
      yield* backoff.wait({ category: "transient", retryAfterMs: 0 })
      return world.nowMs()
    })
  )

describe("backoff", () => {
  it("backoff – is spread over its fifth more and less, so that what failed together is not tried together", async () => {
    const waits = await Promise.all(Array.from({ length: 60 }, (_, seed) => firstWaitMs(seed + 1)))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(800)
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_200)
    expect(Math.min(...waits)).toBeLessThan(900)
    expect(Math.max(...waits)).toBeGreaterThan(1_100)
  })
})
