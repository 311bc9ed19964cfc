/** Whatever is sent to the exchange: it answers in its protocol, and goes on as before. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, type Scope } from "effect"
import type { ServerFrame, WireConnection } from "../../src/paper-exchange/protocol/wire.ts"
import { type Ask, type Scene, goodFrames, goodRequests, inScene } from "./exchange.ts"
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

/** More than the exchange itself keeps of a market, its orders and its accounts. */
const MOST_GROWTH = 48 * MEGABYTE
/** No answer of one window's exchange is longer. */
const LONGEST_ANSWER = MEGABYTE

interface RequestCase {
  readonly which: number
  readonly mutation: Mutation
  readonly where: "body" | "query" | "path" | "header" | "method"
  readonly header: number
}

const anyRequestCase: fc.Arbitrary<RequestCase> = fc.record({
  which: fc.nat(),
  mutation: anyMutation,
  where: fc.oneof(
    { weight: 6, arbitrary: fc.constant("body" as const) },
    { weight: 3, arbitrary: fc.constant("query" as const) },
    { weight: 1, arbitrary: fc.constantFrom("path" as const, "header" as const, "method" as const) }
  ),
  header: fc.nat()
})

/** Spoils one value of a query, or one header. */
const spoiltEntry = (entries: ReadonlyArray<readonly [string, string]>, pick: number, { apply }: Mutation) =>
  entries.map(([name, value], index): [string, string] =>
    index === pick % entries.length ? [name, apply(value)] : [name, value]
  )

const send = (scene: Scene, good: Ask, { header, mutation, where }: RequestCase) => {
  const { body = "", method, path } = good
  const query = [...new URLSearchParams(good.query)]
  if (where === "method") return scene.send({ ...good, method: mutation.apply(method) })
  if (where === "path") return scene.send({ ...good, path: `/${mutation.apply(path)}` })
  if (where === "header" && good.by !== undefined) {
    return scene.send(good, (headers) =>
      Object.fromEntries(spoiltEntry(Object.entries(headers), header, mutation))
    )
  }
  if (where === "query" && query.length > 0) {
    return scene.send({
      ...good,
      query: new URLSearchParams(spoiltEntry(query, header, mutation)).toString()
    })
  }
  if (method !== "GET") return scene.send({ ...good, body: mutation.apply(body) })
  // Nothing listens to the body of these: what stands last in their path is spoilt instead.
  const cut = path.lastIndexOf("/") + 1
  return scene.send({ ...good, path: `${path.slice(0, cut)}${mutation.apply(path.slice(cut))}` })
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const statuses = (scene: Scene) =>
  Effect.forEach(goodRequests(scene.market), (good) => Effect.map(scene.send(good), ({ status }) => status))

/** Counts what nobody caught while an effect ran. */
const uncaught = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const causes: Array<unknown> = []
      const keep = (cause: unknown) => void causes.push(cause)
      process.on("unhandledRejection", keep)
      process.on("uncaughtException", keep)
      return { causes, keep }
    }),
    ({ causes }) => Effect.map(effect, () => causes.length),
    ({ keep }) =>
      Effect.sync(() => {
        process.off("unhandledRejection", keep)
        process.off("uncaughtException", keep)
      })
  )

const REQUESTS = casesOf(0.4)
const FRAMES = casesOf(0.2)

describe("the exchange, whatever is sent to it", () => {
  it(
    `${REQUESTS} spoilt requests – an answer of the protocol to each, never a failure of its own`,
    () =>
      inScene((scene) =>
        Effect.gen(function* () {
          const good = goodRequests(scene.market)
          const first = yield* statuses(scene)
          expect(first.filter((status) => status >= 500)).toEqual([])
          const run = (count: number) =>
            Effect.gen(function* () {
              for (const { at, one } of casesFrom(anyRequestCase, count)) {
                const asked = good[one.which % good.length]
                if (asked === undefined) continue
                const told = `${asked.method} ${asked.path}, ${one.where}: ${one.mutation.name}; ${at}`
                const { body, headers, status } = yield* send(scene, asked, one)
                expect(status >= 200 && status < 500, `${status} to ${told}`).toBe(true)
                expect(body.length, told).toBeLessThan(LONGEST_ANSWER)
                expect(headers["content-type"], told).toBe("application/json")
                expect(body === "" || isJson(body), told).toBe(true)
              }
            })
          yield* run(Math.ceil(REQUESTS / 4))
          const before = heapInUse()
          const escaped = yield* uncaught(run(REQUESTS))
          expect(escaped).toBe(0)
          expect(heapInUse() - before).toBeLessThan(MOST_GROWTH)
          expect(isPolluted()).toBe(false)
          // What may be asked again is answered as before.
          const reads = good.map(({ method }) => method === "GET")
          const again = yield* statuses(scene)
          expect(again.filter((_, index) => reads[index])).toEqual(first.filter((_, index) => reads[index]))
        })
      ),
    timeoutOf(2 * REQUESTS)
  )

  it(
    `${FRAMES} spoilt frames – each channel stays one, or is closed with a code`,
    () =>
      inScene((scene) =>
        Effect.gen(function* () {
          const channels = Object.entries(goodFrames(scene.market))
          const run = (count: number) =>
            Effect.gen(function* () {
              for (const { at, one } of casesFrom(anyConversation, Math.ceil(count / FRAMES_EACH))) {
                const [path, frames] = channels[one.which % channels.length] ?? ["", []]
                const told = `${path}: ${one.spoilt.map(({ mutation }) => mutation.name).join("; ")}; ${at}`
                const ends = yield* Effect.scoped(converse(scene, path, frames, one))
                for (const end of ends) {
                  expect(end.code, told).toBeGreaterThanOrEqual(1_000)
                  expect(end.code, told).toBeLessThan(5_000)
                  expect(end.code, `the exchange failed at ${told}`).not.toBe(INTERNAL_FAILURE)
                }
              }
            })
          yield* run(Math.ceil(FRAMES / 4))
          const before = heapInUse()
          expect(yield* uncaught(run(FRAMES))).toBe(0)
          expect(heapInUse() - before).toBeLessThan(MOST_GROWTH)
          expect(isPolluted()).toBe(false)
          for (const [path, frames] of channels) yield* Effect.scoped(stillTells(scene, path, frames))
        })
      ),
    timeoutOf(2 * FRAMES)
  )

  it.each([
    ["an object with a toString of its own", '{"op":{"toString":1}}'],
    ["a list nested beyond the stack", `{"op":${"[".repeat(9_000)}${"]".repeat(9_000)}}`]
  ])("%s for a name – refused, and the connection goes on", (_, frame) =>
    inScene((scene) =>
      Effect.scoped(
        Effect.gen(function* () {
          const connection = yield* opened(scene, "/polybolt/ws")
          yield* connection.receive(frame)
          yield* connection.receive('{"op":"ping"}')
          const told = (yield* pending(connection)).map((sent) =>
            sent._tag === "Text" ? sent.text : sent._tag
          )
          expect(told).toHaveLength(2)
          expect(told[0]).toContain("bad_op")
          expect(told[1]).toContain("pong")
        })
      )
    )
  )
})

/** The close code of an exchange that failed (RFC 6455). */
const INTERNAL_FAILURE = 1_011

const FRAMES_EACH = 5

interface Conversation {
  readonly which: number
  readonly spoilt: ReadonlyArray<{
    readonly mutation: Mutation
    readonly frame: number
    readonly isGood: boolean
  }>
}

/** A few frames on one connection; good ones among them, so that spoilt ones also come when something is followed. */
const anyConversation: fc.Arbitrary<Conversation> = fc.record({
  which: fc.nat(),
  spoilt: fc.array(
    fc.record({ mutation: anyMutation, frame: fc.nat(), isGood: fc.nat(3).map((one) => one === 0) }),
    { minLength: FRAMES_EACH, maxLength: FRAMES_EACH }
  )
})

const opened = (scene: Scene, path: string): Effect.Effect<WireConnection, never, Scope.Scope> =>
  Effect.map(scene.server.connect(path), (connection) => {
    if (connection === undefined) throw new Error(`no channel at ${path}`)
    return connection
  })

/** Everything that waits to be read now. */
const pending = (connection: WireConnection) =>
  Effect.gen(function* () {
    const frames: Array<ServerFrame> = []
    for (;;) {
      const next = yield* Effect.raceFirst(
        Effect.map(connection.next, (frame): ServerFrame | undefined => frame),
        Effect.as(Effect.repeatN(Effect.yieldNow(), 20), undefined)
      )
      if (next === undefined) return frames
      frames.push(next)
      if (next._tag === "Close") return frames
    }
  })

/** Says good and spoilt frames; what closed the connection, if anything did. */
const converse = (scene: Scene, path: string, frames: ReadonlyArray<string>, { spoilt }: Conversation) =>
  Effect.gen(function* () {
    const connection = yield* opened(scene, path)
    const ends: Array<Extract<ServerFrame, { readonly _tag: "Close" }>> = []
    for (const { frame, isGood, mutation } of spoilt) {
      const good = frames[frame % frames.length] ?? ""
      yield* connection.receive(isGood ? good : mutation.apply(good))
      for (const sent of yield* pending(connection)) if (sent._tag === "Close") ends.push(sent)
      if (ends.length > 0) break
    }
    return ends
  })

/** Channels that answer a subscription at once still do. */
const stillTells = (scene: Scene, path: string, [subscribe = ""]: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const connection = yield* opened(scene, path)
    yield* connection.receive(subscribe)
    const frames = yield* pending(connection)
    expect(
      frames.some(({ _tag }) => _tag === "Close"),
      path
    ).toBe(false)
    if (path === "/ws/market") expect(JSON.stringify(frames)).toContain("bids")
    if (path === "/polybolt/ws") expect(JSON.stringify(frames)).toContain("authed")
  })
