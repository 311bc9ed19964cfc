/** Whatever the venue answers or sends: our client takes it or says in a typed way why not, and keeps nothing of it. */
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import {
  Cause,
  Duration,
  Effect,
  Either,
  Exit,
  FastCheck as fc,
  Redacted,
  TestClock,
  TestContext
} from "effect"
import { OrderId } from "../../src/domain/order.ts"
import { ZERO_BYTES32 } from "../../src/domain/signed-order.ts"
import { makeAsk } from "../../src/modules/polymarket/rest/ask.ts"
import { signWithKey } from "../../src/modules/polymarket/rest/auth.ts"
import { privateClob, publicClob } from "../../src/modules/polymarket/rest/clob.ts"
import { geoblock, makeGamma, positionsOf } from "../../src/modules/polymarket/rest/gamma.ts"
import { makeTransport } from "../../src/modules/polymarket/rest/transport.ts"
import { VenueTime } from "../../src/modules/polymarket/rest/venue-time.ts"
import { orderOfEvent, tradesOf } from "../../src/modules/polymarket/mapping/account.ts"
import { MarketBooks } from "../../src/modules/polymarket/streams/market-books.ts"
import { readMarketFrame } from "../../src/modules/polymarket/streams/market-frame.ts"
import { readBoltFrame, readRtdsFrame } from "../../src/modules/polymarket/streams/price-frame.ts"
import { WireUserEvent } from "../../src/modules/polymarket/wire/events.ts"
import { decodeJson, parseJson } from "../../src/modules/polymarket/wire/json.ts"
import { ExchangeError } from "../../src/ports/exchange.ts"
import type { VenueMarket } from "../../src/ports/venue.ts"
import { NO_FEES } from "../../src/domain/fees.ts"
import { settingsFor } from "../modules/polymarket/client/venue.ts"
import {
  ADDRESS,
  API_KEY,
  type Ask,
  type Scene,
  credentials,
  goodFrames,
  inScene,
  restingOrder,
  takingOrder
} from "./exchange.ts"
import {
  MEGABYTE,
  type Mutation,
  anyMutation,
  casesFrom,
  casesOf,
  heapInUse,
  isPolluted,
  timeoutOf
} from "./mutations.ts"

const MOST_GROWTH = 32 * MEGABYTE
/** A message of ours about a text of theirs. */
const LONGEST_MESSAGE = 2_000

const ORDER_ID = OrderId.make(`0x${"ab".repeat(32)}`)
const ME = { account: ADDRESS, apiKey: API_KEY }

/** What the exchange itself answers and sends when all is well: every text is one that the client takes. */
interface Said {
  readonly market: VenueMarket
  readonly answers: ReadonlyMap<string, string>
  readonly frames: Readonly<Record<string, ReadonlyArray<string>>>
}

const get = (path: string, query = ""): Ask => ({ method: "GET", path, query, by: "key" })

const answersOf = (scene: Scene) =>
  Effect.gen(function* () {
    const { conditionId, slug, upTokenId } = scene.market
    const post = (path: string, body: string): Ask => ({ method: "POST", path, body, by: "key" })
    const asks: Readonly<Record<string, Ask>> = {
      place: post("/order", takingOrder(upTokenId, 1)),
      rest: post("/order", restingOrder(upTokenId, 2)),
      cancel: { method: "DELETE", path: "/order", body: JSON.stringify({ orderID: ORDER_ID }), by: "key" },
      time: get("/time"),
      version: get("/version"),
      book: get("/book", `token_id=${upTokenId}`),
      books: post("/books", JSON.stringify([{ token_id: upTokenId }])),
      market: get(`/clob-markets/${conditionId}`),
      tick: get("/tick-size", `token_id=${upTokenId}`),
      negRisk: get("/neg-risk", `token_id=${upTokenId}`),
      orders: get("/data/orders"),
      trades: get("/data/trades"),
      balance: get("/balance-allowance", "asset_type=COLLATERAL&signature_type=0"),
      closedOnly: get("/auth/ban-status/closed-only"),
      heartbeat: post("/v1/heartbeats", '{"heartbeat_id":""}'),
      gammaMarket: get(`/gamma/markets/slug/${slug}`),
      event: get(`/gamma/events/slug/${slug}`),
      positions: get("/data-api/positions", `user=${ADDRESS}&sizeThreshold=0`)
    }
    const answers = new Map<string, string>()
    for (const [name, each] of Object.entries(asks)) {
      const { body, status } = yield* scene.send(each)
      expect(status, name).toBe(200)
      answers.set(name, body)
    }
    answers.set("geoblock", '{"blocked":false,"country":"CH","region":"ZH","ip":"192.0.2.1"}')
    answers.set("refusal", '{"error":"not enough balance / allowance"}')
    return answers
  })

const framesOf = (scene: Scene) =>
  Effect.gen(function* () {
    const said: Record<string, Array<string>> = {}
    const each = Object.entries(goodFrames(scene.market))
    for (const [path, requests] of each) {
      const connection = yield* scene.server.connect(path)
      const texts: Array<string> = []
      said[path] = texts
      if (connection === undefined) continue
      // The channels of the venue's own need one frame, the streams of prices two.
      for (const request of requests.slice(0, path.startsWith("/ws/") ? 1 : 2))
        yield* connection.receive(request)
      yield* Effect.forkScoped(
        Effect.forever(
          Effect.map(connection.next, (frame) => void (frame._tag === "Text" && texts.push(frame.text)))
        )
      )
    }
    const { upTokenId } = scene.market
    for (const body of [restingOrder(upTokenId, 11), takingOrder(upTokenId, 12)]) {
      yield* scene.send({ method: "POST", path: "/order", body, by: "key" })
      yield* scene.pass(6_000)
    }
    return said
  })

const said = (): Promise<Said> =>
  inScene((scene) =>
    Effect.gen(function* () {
      const frames = yield* framesOf(scene)
      return { market: scene.market, frames, answers: yield* answersOf(scene) }
    })
  )

const anyCase = fc.record({
  which: fc.nat(),
  text: fc.nat(),
  mutation: anyMutation,
  status: fc.constantFrom(200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 408, 425, 429, 500, 502, 503),
  type: fc.constantFrom("application/json", "text/html", ""),
  retryAfter: fc.constantFrom(undefined, "1", "-1", "NaN", "9".repeat(50), "Wed, 21 Oct 2026 07:28:00 GMT")
})
type Case = ReturnType<typeof sampleOf>
const sampleOf = () => fc.sample(anyCase, 1)[0] as { readonly [K in keyof CaseShape]: CaseShape[K] }
interface CaseShape {
  readonly which: number
  readonly text: number
  readonly mutation: Mutation
  readonly status: number
  readonly type: string
  readonly retryAfter: string | undefined
}

/** An HTTP client that gives this answer to whatever is asked. */
const answering = (next: () => { readonly one: Case; readonly text: string }) =>
  HttpClient.make((request) =>
    Effect.sync(() => {
      const { one, text } = next()
      const headers = {
        ...(one.type === "" ? {} : { "content-type": one.type }),
        ...(one.retryAfter === undefined ? {} : { "retry-after": one.retryAfter })
      }
      const body = one.status === 204 ? null : text
      return HttpClientResponse.fromWeb(request, new Response(body, { status: one.status, headers }))
    })
  )

/** Every request of the client. */
const requestsOf = (market: VenueMarket) =>
  Effect.gen(function* () {
    const { conditionId, slug, upTokenId } = market
    const transport = yield* makeTransport({ addresses: settingsFor().addresses, maxWaitMs: 0 })
    const ask = makeAsk(transport)
    const sign = signWithKey(ADDRESS, credentials, new VenueTime())
    const open = publicClob(ask)
    const own = privateClob(transport, ask, { credentials, sign, signatureType: 0 })
    const gamma = makeGamma(ask)
    const order = {
      orderId: ORDER_ID,
      side: "BUY" as const,
      request: {
        order: {
          salt: 1n,
          maker: ADDRESS,
          signer: ADDRESS,
          tokenId: BigInt(upTokenId),
          makerAmount: 1n,
          takerAmount: 1n,
          side: 0 as const,
          signatureType: 0 as const,
          timestamp: 1n,
          metadata: ZERO_BYTES32,
          builder: ZERO_BYTES32
        },
        signature: "0x" as const,
        owner: Redacted.value(credentials.apiKey),
        orderType: "GTC" as const,
        postOnly: false,
        deferExec: false,
        expirationS: 0
      }
    }
    const ended: ReadonlyArray<readonly [string, Effect.Effect<unknown, ExchangeError>]> = [
      ["time", open.time],
      ["version", open.version],
      ["book", open.book(upTokenId)],
      ["books", open.books([upTokenId])],
      ["market", open.market(conditionId)],
      ["tick", open.tickSize(upTokenId)],
      ["negRisk", open.negRisk(upTokenId)],
      ["place", own.place(order)],
      ["place", own.placeMany([order, order])],
      ["cancel", own.cancelOne(ORDER_ID)],
      ["cancel", own.cancelMany([ORDER_ID])],
      ["cancel", own.cancelAll],
      ["cancel", own.cancelMarket({ market: conditionId })],
      ["orders", own.openOrders()],
      ["trades", own.trades({})],
      ["balance", own.balance()],
      ["balance", own.refreshBalance()],
      ["closedOnly", own.closedOnly],
      ["heartbeat", own.heartbeat("")],
      ["refusal", own.order(ORDER_ID)],
      ["gammaMarket", gamma.market(slug)],
      ["event", gamma.event(slug)],
      ["positions", positionsOf(ask, ADDRESS)],
      ["geoblock", geoblock(ask)]
    ]
    return ended
  })

/** How long the venue may not be asked again after the worst answer. */
const WORST_PAUSE_MS = 700_000

const expectTyped = (exit: Exit.Exit<unknown, unknown>, told: string): void => {
  if (Exit.isSuccess(exit)) return
  const failure = Cause.failureOption(exit.cause)
  expect(
    failure._tag === "Some" && failure.value instanceof ExchangeError,
    `${told}: ${Cause.pretty(exit.cause)}`
  ).toBe(true)
  if (failure._tag === "Some" && failure.value instanceof ExchangeError)
    expect(failure.value.message.length, told).toBeLessThan(LONGEST_MESSAGE)
}

const ANSWERS = casesOf(0.2)
const FRAMES = casesOf(0.2)

/** What a reader makes of a frame that the exchange really sent. */
const isGood = (read: unknown): boolean =>
  !/"kind":"bad"|"_tag":"(Bad|Left)"/.test(JSON.stringify(Either.isEither(read) ? { _tag: read._tag } : read))

/** Reads a text as a frame of its channel, to the end: into what the rest of the daemon would work with. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  "/ws/market": readMarketFrame,
  "/rtds": readRtdsFrame,
  "/polybolt/ws": readBoltFrame,
  "/ws/user": (text) =>
    Either.map(Either.flatMap(parseJson(text), decodeJson(WireUserEvent)), (event) =>
      event.event_type === "trade" ? tradesOf(event, ME, NO_FEES, 0) : orderOfEvent(event)
    )
}

describe("our client, whatever it is answered and sent", () => {
  it(
    `${ANSWERS} spoilt answers – a value, or an ExchangeError with a short message`,
    async () => {
      const { answers, market } = await said()
      let current: { readonly one: Case; readonly text: string } | undefined
      const body = Effect.gen(function* () {
        const requests = yield* requestsOf(market)
        // Well said, all of them are understood: what is spoilt below was good.
        for (const [name, request] of requests.filter(([each]) => each !== "place")) {
          const good = { ...sampleOf(), status: 200, retryAfter: undefined }
          current = { one: good, text: name === "refusal" ? orderText(answers) : (answers.get(name) ?? "") }
          const exit = yield* Effect.exit(request)
          expect(Exit.isSuccess(exit), `${name}: ${String(exit)}`).toBe(true)
        }
        const texts = [...answers.values()]
        const run = (count: number) =>
          Effect.gen(function* () {
            for (const { at, one } of casesFrom(anyCase, count)) {
              const [name, request] = requests[one.which % requests.length] ?? ["", Effect.void]
              // Mostly its own answer; at times another one's.
              const good = one.text % 4 === 0 ? texts[one.text % texts.length] : answers.get(name)
              current = { one, text: one.mutation.apply(good ?? "") }
              expectTyped(yield* Effect.exit(request), `${name}: ${one.status}, ${one.mutation.name}; ${at}`)
              yield* TestClock.adjust(Duration.millis(WORST_PAUSE_MS))
            }
            current = undefined
          })
        yield* run(Math.ceil(ANSWERS / 4))
        const before = heapInUse()
        yield* run(ANSWERS)
        expect(heapInUse() - before).toBeLessThan(MOST_GROWTH)
        expect(isPolluted()).toBe(false)
      })
      await Effect.runPromise(
        body.pipe(
          Effect.provideService(
            HttpClient.HttpClient,
            answering(() => {
              if (current === undefined) throw new Error("nothing is to be answered")
              return current
            })
          ),
          Effect.provide(TestContext.TestContext)
        )
      )
    },
    timeoutOf(2 * ANSWERS)
  )

  it(
    `${FRAMES} spoilt frames – events, or what is wrong with them; the books go on from the next good one`,
    async () => {
      const { frames, market } = await said()
      const channels = Object.entries(frames).filter(([, texts]) => texts.length > 0)
      expect(channels.map(([path]) => path).toSorted()).toEqual(Object.keys(readers).toSorted())
      for (const [path, texts] of channels)
        for (const text of texts) expect(isGood(readers[path]?.(text)), `${path}: ${text}`).toBe(true)
      const books = new MarketBooks({ dropped: () => undefined, took: () => undefined })
      books.follow(new Set([market.upTokenId, market.downTokenId]))
      const run = (count: number) => {
        for (const { at, one } of casesFrom(anyCase, count)) {
          const [path, texts] = channels[one.which % channels.length] ?? ["", []]
          const spoilt = one.mutation.apply(texts[one.text % texts.length] ?? "")
          const told = `${path}: ${one.mutation.name}; ${at}`
          expect(() => readers[path]?.(spoilt), told).not.toThrow()
          if (path === "/ws/market") expect(() => books.take(spoilt, market.startMs), told).not.toThrow()
        }
      }
      run(Math.ceil(FRAMES / 4))
      const before = heapInUse()
      run(FRAMES)
      expect(heapInUse() - before).toBeLessThan(MOST_GROWTH)
      expect(isPolluted()).toBe(false)
      const later = market.startMs + 60_000
      const snapshot = frames["/ws/market"]?.find((text) => text.includes('"book"')) ?? ""
      const stamped = snapshot.replace(/"timestamp":"\d+"/g, `"timestamp":"${later}"`)
      books.take(stamped, later)
      expect(books.book(market.upTokenId, later + 6_000)).toBeDefined()
    },
    timeoutOf(2 * FRAMES)
  )
})

/** The first open order, as it is told alone. */
const orderText = (answers: ReadonlyMap<string, string>): string => {
  const { data } = JSON.parse(answers.get("orders") ?? "{}") as { readonly data: ReadonlyArray<unknown> }
  return JSON.stringify(data[0])
}
