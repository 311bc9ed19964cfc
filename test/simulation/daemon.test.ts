import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { markets } from "./markets.ts"
import { LIMIT_MS, checkRun, run } from "./verify.ts"

/** Another seed for every market. */
const GIVEN_SEED = process.env["TRADEWIND_TEST_SEED"]

describe("the whole daemon on virtual time", () => {
  for (const packaged of markets) {
    const market = GIVEN_SEED === undefined ? packaged : { ...packaged, seed: Number(GIVEN_SEED) }
    it(
      `simulation – ${market.name}: what must hold holds at every tick (seed ${market.seed})`,
      () => Effect.runPromise(Effect.map(run(market), (result) => checkRun(market, result))),
      LIMIT_MS
    )
  }
})
