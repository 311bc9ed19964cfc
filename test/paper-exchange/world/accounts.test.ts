import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Duration, Effect, Exit, Schema, Scope, TestClock } from "effect"
import { microUsd } from "../../../src/domain/money.ts"
import { makeEngine } from "../../../src/paper-exchange/engine/make-engine.ts"
import type { Json } from "../../../src/paper-exchange/market-source.ts"
import type { WorldEvent } from "../../../src/paper-exchange/world/hub.ts"
import { SavedWorld, upgraded } from "../../../src/paper-exchange/world/saved-world.ts"
import { openRest, runningMarket } from "../rest/fixture.ts"
import { ACCOUNT, START_MS, inFolder, orderOf } from "./fixture.ts"

const pass = (ms: number) => TestClock.adjust(Duration.millis(ms))
const [ALICE, BOB] = ["0xa11ce", "0xb0b"] as const

/** Two accounts trade with each other and with the others, one trade fails, one key falls silent. */
const busyTime = (exchange: Effect.Effect.Success<ReturnType<typeof openRest>>) =>
  Effect.gen(function* () {
    const { keeper } = exchange
    const market = yield* runningMarket(exchange)
    yield* keeper.ask(() => ({
      operations: [
        { _tag: "OpenAccount", account: ALICE, cashMicroUsd: microUsd(500_000_000) },
        { _tag: "OpenAccount", account: BOB, cashMicroUsd: microUsd(700_000_000) },
        { _tag: "CreateKey", address: ALICE, nonce: "0", apiKey: "alice" },
        { _tag: "BindWallet", wallet: "0xcafe", owner: ALICE, signatureType: 2 },
        { _tag: "Heartbeat", apiKey: "alice" }
      ],
      answer: () => undefined
    }))
    const order = orderOf(market, market.upTokenId, { price: 0.01, shares: 20 })
    yield* keeper.place(ALICE, { ...order, owner: "alice" })
    yield* keeper.place(BOB, orderOf(market, market.downTokenId, { price: 0.99, shares: 5, type: "FAK" }))
    yield* keeper.place(ALICE, orderOf(market, market.upTokenId, { price: 0.99, shares: 7, type: "FAK" }))
    const failing = yield* keeper.now(
      (world) => world.engine.trades(ALICE, market.conditionId)[0]?.tradeId ?? ""
    )
    yield* keeper.ask(() => ({
      operations: [{ _tag: "Settle", tradeId: failing, fate: "failed" }],
      answer: () => undefined
    }))
    yield* pass(70_000)
    yield* keeper.cancel(BOB, [])
    return { market, failing }
  })

describe("a world of many accounts", () => {
  it.effect("a process that is killed – leaves every account, key, wallet and trade as they were", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* TestClock.setTime(START_MS + 20_000)
        const killed = yield* Scope.make()
        const options = { simulator: { takerHoldMs: 0 } }
        const before = yield* openRest(folder, options).pipe(Scope.extend(killed))
        const { failing, market } = yield* busyTime(before)
        const saved = yield* before.keeper.now((world) => world.save())
        const copy = `${folder}/copy`
        yield* fs.makeDirectory(copy)
        for (const name of yield* fs.readDirectory(folder))
          if (name.startsWith("exchange.db")) yield* fs.copyFile(`${folder}/${name}`, `${copy}/${name}`)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const after = yield* openRest(copy, options)
            expect(yield* after.keeper.now((world) => world.save())).toEqual(saved)
            const { engine, registry } = after.keeper.world
            expect(registry.key("alice")).toMatchObject({ address: ALICE })
            expect(registry.walletOf(ALICE, 2)?.wallet).toBe("0xcafe")
            // Seventy seconds without a heartbeat.
            expect(engine.openOrders(ALICE)).toEqual([])
            const trades = engine.trades(ALICE, market.conditionId)
            expect(trades.find(({ tradeId }) => tradeId === failing)?.status).toBe("failed")
            expect(engine.cash(BOB)).toBeLessThan(700_000_000)
          })
        )
        yield* Scope.close(killed, Exit.void)
      })
    )
  )

  it.effect(
    "the hub – tells of markets, trades, books and accounts when they change; a listener that throws stops nobody, and is counted",
    () =>
      inFolder((folder) =>
        Effect.scoped(
          Effect.gen(function* () {
            yield* TestClock.setTime(START_MS + 20_000)
            const exchange = yield* openRest(folder, { simulator: { takerHoldMs: 0 } })
            const { world } = exchange.keeper
            const heard: Array<WorldEvent> = []
            const stop = world.hub.subscribe("good", (event) => {
              heard.push(event)
              // The book is told as it is at that moment.
              if (event._tag === "BookChanged")
                expect(world.engine.state.markets.get(event.conditionId)?.changedAtMs).toBe(event.atMs)
            })
            let throws = 0
            world.hub.subscribe("bad", () => {
              throws += 1
              throw new Error(`broken ${throws}`)
            })
            const late: Array<WorldEvent> = []
            world.hub.subscribe("late", (event) => void late.push(event))
            yield* busyTime(exchange)
            yield* pass(240_000)
            yield* exchange.keeper.now(() => undefined)
            const tags = new Set(
              heard.map((event) => (event._tag === "Market" ? `Market ${event.event._tag}` : event._tag))
            )
            for (const tag of [
              "Market Spot",
              "Market Listed",
              "Market Closed",
              "Traded",
              "BookChanged",
              "Account"
            ])
              expect([...tags]).toContain(tag)
            const accounts = heard.flatMap((event) => (event._tag === "Account" ? [event.account] : []))
            expect(new Set(accounts)).toEqual(new Set([ALICE, BOB]))
            expect(throws).toBe(heard.length)
            expect(late).toEqual(heard)
            const failure = { listener: "bad", defect: new Error("broken 1"), isFirst: true }
            expect(world.hub.takeFailures()).toEqual([{ ...failure, count: throws }])
            expect(world.hub.takeFailures()).toEqual([])
            stop()
            const count = heard.length
            yield* pass(5_000)
            yield* exchange.keeper.now(() => undefined)
            expect(heard).toHaveLength(count)
            const [again] = world.hub.takeFailures()
            expect(again).toEqual({
              listener: "bad",
              count: throws - count,
              defect: new Error(`broken ${count + 1}`),
              isFirst: false
            })
          })
        )
      )
  )
})

describe("a world saved by an older version", () => {
  it("upgraded – has its account in lower case wherever it stands, and an empty registry", () => {
    const engine = makeEngine({ minedAfterMs: 1, confirmedAfterMs: 2, redeemAfterMs: 0 })
    engine.deposit(ACCOUNT, microUsd(5_000_000), START_MS)
    const old = {
      version: 1,
      nowMs: START_MS,
      source: null,
      engine: { ...(engine.save() as Record<string, Json>), version: 1 },
      markets: [],
      pricesToBeat: [],
      resolutions: [],
      recentSpot: []
    }
    const world = upgraded(Schema.decodeUnknownSync(SavedWorld)(old), ACCOUNT)
    expect(world.version).toBe(2)
    expect(world.registry).toEqual({ keys: [], wallets: [], heartbeats: [] })
    const restored = makeEngine({ minedAfterMs: 1, confirmedAfterMs: 2, redeemAfterMs: 0 }, world.engine)
    expect(restored.cash(ACCOUNT.toLowerCase())).toBe(5_000_000)
    expect(restored.cash(ACCOUNT)).toBe(0)
    expect(restored.state.version).toBe(2)
    expect(upgraded(world, ACCOUNT)).toBe(world)
  })
})
