/** Cash while trades match, settle and fail: right whenever it is asked for, whatever the user channel says, and after a restart. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, FastCheck as fc } from "effect"
import { microShares, priceTicks } from "../../../../src/domain/money.ts"
import { isFinalFill } from "../../../../src/domain/order.ts"
import type { Window } from "../../../../src/domain/window.ts"
import { FAIR_WEATHER } from "../../../../src/paper-exchange/protocol/rest/conditions.ts"
import type { WireServer } from "../../../../src/paper-exchange/protocol/wire.ts"
import { START_MS, type World, inWorld } from "../../../paper-exchange/protocol/exchange.ts"
import { type Between, type Client, TEST_ADDRESS, clientOf, serverOf, settingsFor } from "./venue.ts"

const ACCOUNT = TEST_ADDRESS.toLowerCase()
const SHARE = 1_000_000

/** The user channel of one who hears nothing of his account: pings are still answered. */
const deaf = (server: WireServer): WireServer => ({
  ...server,
  connect: (path) =>
    Effect.map(
      server.connect(path),
      (connection) =>
        connection && {
          ...connection,
          next:
            path === "/ws/user"
              ? Effect.repeat(connection.next, {
                  until: (frame) => frame._tag !== "Text" || frame.text === "PONG"
                })
              : connection.next
        }
    )
})

const step = fc.record({
  what: fc.constantFrom("buy", "buy", "sell", "rest", "fail", "restart", "nothing"),
  outcome: fc.constantFrom("Up" as const, "Down" as const),
  shares: fc.integer({ min: 5, max: 20 }),
  /** How long the venue takes to hear a question and to have its answer heard, for one question after another. */
  delaysMs: fc.array(fc.constantFrom(0, 0, 40, 160, 700), { minLength: 1, maxLength: 5 }),
  waitMs: fc.constantFrom(0, 90, 450, 1_700, 6_000)
})
type Step = typeof step extends fc.Arbitrary<infer A> ? A : never

const story = fc.record({
  hears: fc.boolean(),
  stale: fc.boolean(),
  steps: fc.array(step, { minLength: 4, maxLength: 10 })
})
type Story = typeof story extends fc.Arbitrary<infer A> ? A : never

const orderFor = ({ outcome, shares, what }: Step, window: Window) => ({
  slug: window.slug,
  asset: window.asset,
  conditionId: window.conditionId,
  tokenId: outcome === "Up" ? window.upTokenId : window.downTokenId,
  outcome,
  side: what === "sell" ? ("SELL" as const) : ("BUY" as const),
  orderType: what === "rest" ? ("GTC" as const) : ("FAK" as const),
  priceTicks: priceTicks(what === "sell" ? 100 : what === "rest" ? 4_700 : 9_900),
  sizeMicroShares: microShares(shares * SHARE),
  postOnly: false,
  expiresAtMs: null,
  purpose: "entry" as const,
  reason: "test",
  createdAtMs: START_MS
})

/** Plays a story, and has `check` see each answer with all that the account's cash was while it was asked for. */
const play = (
  { keeper, pass }: World,
  { hears, stale, steps }: Story,
  check: (cash: number, was: ReadonlyArray<number>, trades: number) => void
) =>
  Effect.gen(function* () {
    const { engine, hub } = keeper.world
    const cash = () => engine.cash(ACCOUNT)
    let delays: Array<number> = []
    const between: Between = (request, handle) =>
      /balance-allowance|data\/trades/.test(request.path)
        ? Effect.suspend(() => {
            const delayMs = delays.shift() ?? 0
            return Effect.delay(
              Effect.tap(handle(request), () => Effect.sleep(delayMs)),
              delayMs
            )
          })
        : handle(request)
    const server = yield* serverOf(keeper, { ...FAIR_WEATHER, balancesAreStale: () => stale })
    const start = clientOf(hears ? server : deaf(server), settingsFor(), between)
    yield* pass(30_000)
    let client: Client = yield* start
    const window = yield* client.exchange.findWindow("BTC", "5m", START_MS + 30_000)
    if (window === undefined) return yield* Effect.dieMessage("no window")
    let was: Array<number> = []
    hub.subscribe("test", (event) => {
      if (event._tag === "Account") was.push(cash())
    })
    const tradesNow = () => engine.trades(ACCOUNT, window.conditionId)
    const ask = Effect.gen(function* () {
      was = [cash()]
      const asking = yield* Effect.fork(client.venue.cashMicroUsd)
      while ((yield* Fiber.poll(asking))._tag === "None") yield* pass(20)
      check(yield* Fiber.join(asking), was, tradesNow().length)
    })
    yield* ask
    for (const each of steps) {
      if (each.what === "restart") {
        // Market time stands still while it starts.
        delays = []
        client = yield* start
      }
      delays = [...each.delaysMs]
      if (each.what === "fail") {
        const trade = tradesNow().find(({ status }) => !isFinalFill(status))
        if (trade !== undefined) {
          yield* keeper.ask(() => ({
            operations: [{ _tag: "Settle", tradeId: trade.tradeId, fate: "failed" }],
            answer: () => undefined
          }))
        }
      } else if (each.what !== "restart" && each.what !== "nothing") {
        const intent = orderFor(each, window)
        const identity = yield* client.exchange.identify(intent)
        yield* Effect.fork(client.exchange.place(intent, identity))
      }
      yield* ask
      yield* pass(each.waitMs)
      yield* ask
    }
  })

describe("cash", () => {
  it("is at every moment what it was at some moment while it was asked for", async () => {
    let moved = 0
    await fc.assert(
      fc.asyncProperty(story, (told) =>
        inWorld((world) =>
          play(world, told, (cash, was, trades) => {
            // The wire tells a trade's price and size: which way its cost was rounded is not known.
            expect(
              was.some((at) => Math.abs(at - cash) <= trades),
              `${cash} of ${was.join(", ")}`
            ).toBe(true)
            if (was.some((at) => at !== was[0])) moved += 1
          })
        )
      ),
      { numRuns: 10 }
    )
    expect(moved).toBeGreaterThan(5)
  }, 120_000)
})
