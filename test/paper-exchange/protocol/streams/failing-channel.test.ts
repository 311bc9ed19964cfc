import { describe, expect, it } from "@effect/vitest"
import { HashMap, Effect, Logger, Option } from "effect"
import { ADDRESS, CARRIERS, inWorld, marketAt, place, register, serve } from "../exchange.ts"
import { connect } from "./client.ts"

const MINUTE_MS = 60_000

describe.each(CARRIERS)("a channel that fails %s", (_, carry) => {
  it("sends those away who may have missed something, is there for the next, and leaves the others alone", () => {
    const told: Array<unknown> = []
    const logger = Logger.make(({ annotations, message }) => {
      if (!String(message).startsWith("exchange_listener_failed")) return
      told.push(Option.getOrUndefined(HashMap.get(annotations, "listener")))
    })
    return inWorld((world) =>
      Effect.gen(function* () {
        const { keeper, pass } = world
        const server = yield* serve(world)
        const auth = yield* register(keeper)
        yield* pass(MINUTE_MS)
        const market = marketAt(keeper)
        yield* carry(server, ({ sockets }) =>
          Effect.gen(function* () {
            const books = yield* connect(`${sockets}/ws/market`)
            yield* books.say({ assets_ids: [market.upTokenId], type: "market" })
            const news = yield* connect(`${sockets}/ws/user`)
            yield* news.say({ auth, type: "user" })
            yield* news.events
            yield* books.events

            const { registry } = keeper.world
            const wallet = registry.wallet.bind(registry)
            registry.wallet = () => {
              throw new Error("a broken registry")
            }
            yield* place(keeper, market, market.upTokenId, 1)
            yield* place(keeper, market, market.upTokenId, 1)
            expect((yield* news.rest).code).toBe(1011)
            yield* pass(2_000)
            expect((yield* books.events).map((event) => event.event_type)).toContain("price_change")
            expect(told).toEqual(["/ws/user"])

            registry.wallet = wallet
            const again = yield* connect(`${sockets}/ws/user`)
            yield* again.say({ auth, type: "user" })
            yield* again.events
            yield* place(keeper, market, market.upTokenId, 1)
            expect(yield* again.events).toMatchObject([
              {
                event_type: "order",
                type: "PLACEMENT",
                maker_address: expect.stringMatching(new RegExp(ADDRESS, "i"))
              }
            ])
            expect(told).toEqual(["/ws/user"])
          })
        )
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    )
  })
})
