/** Cash while trades match, settle and fail: right whenever it is asked for, whatever the user channel says, and after a restart. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
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
  /** How long the venue takes to hear a question and to have its answer heard, for one question after another, in turn. */
  delaysMs: fc.array(fc.constantFrom(0, 40, 160, 700), { minLength: 1, maxLength: 5 }),
  /** For so long cash is asked for again and again. */
  forMs: fc.constantFrom(0, 400, 2_500, 6_000)
})
type Step = typeof step extends fc.Arbitrary<infer A> ? A : never

const story = fc.record({
  hears: fc.boolean(),
  stale: fc.boolean(),
  steps: fc.array(step, { minLength: 3, maxLength: 6 })
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
  { keeper, time }: World,
  { hears, stale, steps }: Story,
  check: (cash: number, was: ReadonlyArray<number>, trades: number) => void
) =>
  Effect.gen(function* () {
    const { engine, hub } = keeper.world
    const inPassingTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.acquireUseRelease(
        Effect.sync(() => time.setSpeed(Number.POSITIVE_INFINITY)),
        () => effect,
        () => Effect.sync(() => time.setSpeed(1))
      )
    const cash = () => engine.cash(ACCOUNT)
    let delays: ReadonlyArray<number> = []
    let questions = 0
    const between: Between = (request, handle) =>
      /balance-allowance|data\/trades/.test(request.path)
        ? Effect.suspend(() => {
            const delayMs = delays[questions++ % delays.length] ?? 0
            return Effect.delay(
              Effect.tap(handle(request), () => Effect.sleep(delayMs)),
              delayMs
            )
          })
        : handle(request)
    yield* Effect.forkScoped(Effect.orDie(keeper.drive))
    const server = yield* serverOf(keeper, { ...FAIR_WEATHER, balancesAreStale: () => stale })
    const start = inPassingTime(clientOf(hears ? server : deaf(server), settingsFor(), between))
    yield* inPassingTime(Effect.sleep("30 seconds"))
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
      const answer = yield* inPassingTime(client.venue.cashMicroUsd)
      check(answer, was, tradesNow().length)
      yield* inPassingTime(Effect.sleep("70 millis"))
    })
    yield* ask
    for (const each of steps) {
      delays = each.delaysMs
      if (each.what === "restart") client = yield* start
      else if (each.what === "fail") {
        const trade = tradesNow().find(({ status }) => !isFinalFill(status))
        if (trade !== undefined) {
          yield* keeper.ask(() => ({
            operations: [{ _tag: "Settle", tradeId: trade.tradeId, fate: "failed" }],
            answer: () => undefined
          }))
        }
      } else if (each.what !== "nothing") {
        const intent = orderFor(each, window)
        const identity = yield* client.exchange.identify(intent)
        yield* Effect.fork(client.exchange.place(intent, identity))
      }
      const untilMs = time.nowMs() + each.forMs
      do yield* ask
      while (time.nowMs() < untilMs)
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
      // A story takes too long to be told a hundred times: the first that fails is told as it is.
      { numRuns: 8, endOnFailure: true }
    )
    expect(moved).toBeGreaterThan(3)
  }, 300_000)
})
