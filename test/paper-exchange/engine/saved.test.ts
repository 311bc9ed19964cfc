import assert from "node:assert/strict"
import { it } from "@effect/vitest"
import { Either, FastCheck as fc, Schema } from "effect"
import { describe, expect } from "vitest"
import type { Engine } from "../../../src/paper-exchange/engine-types.ts"
import { makeEngine, restoreEngine } from "../../../src/paper-exchange/engine/make-engine.ts"
import { EngineState } from "../../../src/paper-exchange/engine/state.ts"
import { ACCOUNTS, Life, MARKETS, lives } from "./commands.ts"
import { marketOf, openMarket, order, settings, stateOf } from "./support.ts"

/** What every account is told that buys or sells a million shares: the venue names what its open orders keep back. */
const refusals = (engine: Engine, atMs: number) =>
  ACCOUNTS.flatMap((account) =>
    MARKETS.flatMap((market) =>
      (["Up", "Down"] as const).flatMap((outcome) =>
        (["BUY", "SELL"] as const).map((side) => {
          const price = side === "BUY" ? 1 : 99
          const wish = order(market, { id: "too-large", outcome, side, price, size: 1_000_000 })
          const { answer } = engine.place(account, wish, atMs)
          assert.equal(answer._tag, "Refused")
          return answer
        })
      )
    )
  )

describe("engine save", () => {
  it.prop(
    "restore – an engine taken up anywhere lives on exactly as the first",
    [lives, fc.nat(60)],
    ([commands, cut]) => {
      const life = new Life(makeEngine(settings))
      for (const command of commands.slice(0, cut)) life.run(command)
      const saved = life.engine.save()
      const text = JSON.stringify(saved)
      const second = new Life(Either.getOrThrow(restoreEngine(settings, JSON.parse(text))), life)
      expect(JSON.stringify(second.engine.save())).toBe(text)
      for (const command of commands.slice(cut)) assert.deepEqual(second.run(command), life.run(command))
      expect(JSON.stringify(second.engine.save())).toBe(JSON.stringify(life.engine.save()))
      expect(JSON.stringify(saved)).toBe(text)
    },
    { fastCheck: { numRuns: 60 } }
  )

  it.prop(
    "restore – what open orders keep back is worked out as it was carried along",
    [lives],
    ([commands]) => {
      const life = new Life(makeEngine(settings))
      for (const command of commands) {
        life.run(command)
        const second = Either.getOrThrow(restoreEngine(settings, life.engine.save()))
        assert.deepEqual(refusals(second, life.atMs), refusals(life.engine, life.atMs))
      }
    },
    { fastCheck: { numRuns: 10 } }
  )

  it.prop(
    "save – is what the state's Schema encodes",
    [lives],
    ([commands]) => {
      const life = new Life(makeEngine(settings))
      for (const command of commands) life.run(command)
      assert.deepEqual(life.engine.save(), Schema.encodeSync(EngineState)(stateOf(life.engine)))
    },
    { fastCheck: { numRuns: 20 } }
  )

  it("restoreEngine – says why a state does not decode, and makeEngine throws it", () => {
    const reason = Either.getOrThrow(Either.flip(restoreEngine(settings, { version: 2 })))
    expect(reason).toMatch(/saved state does not decode.*version/s)
    expect(() => makeEngine(settings, { version: 2 })).toThrow(/does not decode/)
  })

  it("restoreEngine – refuses a book with an order it does not have", () => {
    const market = marketOf("m")
    const engine = openMarket(market)
    engine.place("a", order(market, { id: 1, price: 40, size: 10 }), 0)
    const saved = { ...(engine.save() as object), openOrders: [] }
    const reason = Either.getOrThrow(Either.flip(restoreEngine(settings, saved)))
    expect(reason).toContain("unknown order order-1")
  })
})
