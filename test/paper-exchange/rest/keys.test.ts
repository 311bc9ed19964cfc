import { describe, expect, it } from "@effect/vitest"
import { FileSystem } from "@effect/platform"
import { Clock, Effect, Exit, FastCheck as fc, Redacted, Scope, TestClock } from "effect"
import { microUsd } from "../../../src/domain/money.ts"
import { clobAuthDigest, l1Headers } from "../../../src/protocol/l1.ts"
import { l2Headers } from "../../../src/protocol/l2.ts"
import { signHex } from "../../../src/protocol/signatures.ts"
import { START_MS, inFolder } from "../world/fixture.ts"
import { KEYS, ask, openRest, traderOf, withExchange } from "./fixture.ts"

const [key0, key1] = KEYS

const L1_REFUSED = { status: 401, body: { error: "Invalid L1 Request headers" } }
const L2_REFUSED = { status: 401, body: { error: "Unauthorized/Invalid api key" } }

describe("level 1", () => {
  it.effect("a key – is made once, read as often as one likes, another by nonce, none without a wallet", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const trader = traderOf(exchange, key0)
        expect(yield* trader.deriveKey).toMatchObject({
          status: 400,
          body: { error: "Could not derive api key!" }
        })
        const made = yield* trader.createKey
        expect(made).toMatchObject({
          status: 200,
          body: {
            apiKey: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/),
            secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}=$/),
            passphrase: expect.stringMatching(/^[0-9a-f]{64}$/)
          }
        })
        expect(yield* trader.createKey).toMatchObject({
          status: 400,
          body: { error: "Could not create api key" }
        })
        expect((yield* trader.deriveKey).body).toEqual(made.body)
        const second = traderOf(exchange, key0, 7n)
        expect((yield* second.createKey).body.apiKey).not.toBe(made.body.apiKey)
        expect((yield* trader.send("GET", "/auth/api-keys")).body.apiKeys.toSorted()).toEqual(
          [trader.apiKey, second.apiKey].toSorted()
        )
        expect(yield* second.send("DELETE", "/auth/api-key")).toMatchObject({ status: 200, body: "OK" })
        expect(yield* second.send("GET", "/auth/api-keys")).toMatchObject(L2_REFUSED)
        expect((yield* trader.send("GET", "/auth/api-keys")).body).toEqual({ apiKeys: [trader.apiKey] })
        const cash = yield* trader.send("GET", "/balance-allowance?asset_type=COLLATERAL")
        expect(cash.body.balance).toBe("1000000000")
      })
    )
  )

  it.effect("a wallet's headers – are refused when any of them is another's, old or none", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const { address } = traderOf(exchange, key0)
        const other = traderOf(exchange, key1)
        const nowS = Math.floor((yield* Clock.currentTimeMillis) / 1_000)
        const headersAt = (timestamp: string, chainId: 137 | 80002 = 137) => {
          const auth = { chainId, address, timestamp, nonce: 0n }
          return l1Headers(auth, signHex(key0, clobAuthDigest(auth)))
        }
        const good = headersAt(String(nowS))
        const wrong: ReadonlyArray<Readonly<Record<string, string>>> = [
          {},
          { ...good, POLY_ADDRESS: other.address },
          { ...good, POLY_ADDRESS: "0x12" },
          { ...good, POLY_NONCE: "1" },
          { ...good, POLY_NONCE: "-1" },
          { ...good, POLY_NONCE: String(2n ** 256n) },
          { ...good, POLY_TIMESTAMP: String(nowS + 1) },
          { ...good, POLY_TIMESTAMP: "now" },
          { ...good, POLY_SIGNATURE: "0x" },
          { ...good, POLY_SIGNATURE: `0x${"00".repeat(65)}` },
          headersAt(String(nowS - 301)),
          headersAt(String(nowS + 301)),
          headersAt(String(nowS), 80002)
        ]
        for (const headers of wrong)
          expect(yield* ask(exchange, "POST", "/auth/api-key", { headers })).toMatchObject(L1_REFUSED)
        expect(yield* ask(exchange, "POST", "/auth/api-key", { headers: good })).toMatchObject({
          status: 200
        })
      })
    )
  )
})

describe("level 2", () => {
  it.effect("a request – is refused when anything that is vouched for is another", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const trader = traderOf(exchange, key0)
        yield* trader.createKey
        const { apiKey, passphrase, secret } = exchange.settings.credentials(trader.account, "0")
        const credentials = { apiKey: Redacted.make(apiKey), passphrase, secret }
        const nowS = Math.floor((yield* Clock.currentTimeMillis) / 1_000)
        const body = '{"orderID":"0xaa"}'
        const signed = (timestamp: string, path = "/order", text = body, method = "DELETE") =>
          l2Headers(trader.address, credentials, { timestamp, method, path, body: text })
        const good = signed(String(nowS))
        const wrong: ReadonlyArray<Readonly<Record<string, string>>> = [
          {},
          { ...good, POLY_ADDRESS: traderOf(exchange, key1).address },
          { ...good, POLY_API_KEY: "00000000-0000-4000-8000-000000000000" },
          { ...good, POLY_PASSPHRASE: "pp" },
          { ...good, POLY_SIGNATURE: "" },
          { ...good, POLY_TIMESTAMP: String(nowS + 1) },
          signed(String(nowS - 301)),
          signed(String(nowS), "/orders"),
          signed(String(nowS), "/order", '{"orderID":"0xab"}'),
          signed(String(nowS), "/order", body, "POST")
        ]
        for (const headers of wrong)
          expect(yield* ask(exchange, "DELETE", "/order", { headers, body })).toMatchObject(L2_REFUSED)
        expect(yield* ask(exchange, "DELETE", "/order", { headers: good, body })).toMatchObject({
          status: 200
        })
      })
    )
  )

  it.effect("private routes – answer nobody without a key", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const routes = [
          "GET /auth/api-keys",
          "DELETE /auth/api-key",
          "GET /auth/ban-status/closed-only",
          "POST /order",
          "POST /orders",
          "DELETE /order",
          "DELETE /orders",
          "DELETE /cancel-all",
          "DELETE /cancel-market-orders",
          "GET /data/order/0xaa",
          "GET /data/orders",
          "GET /data/trades",
          "GET /balance-allowance",
          "GET /balance-allowance/update",
          "PUT /balance-allowance",
          "GET /notifications",
          "DELETE /notifications",
          "POST /v1/heartbeats",
          "POST /heartbeats",
          "GET /order-scoring",
          "POST /orders-scoring",
          "GET /v1/user/rate-limit-tier"
        ]
        for (const route of routes) {
          const [method = "", path = ""] = route.split(" ")
          expect(yield* ask(exchange, method, path), route).toMatchObject(L2_REFUSED)
        }
      })
    )
  )

  it.effect("an exchange that was killed – knows its keys and accounts again", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(START_MS + 20_000)
        const killed = yield* Scope.make()
        const exchange = yield* openRest(folder).pipe(Scope.extend(killed))
        const trader = traderOf(exchange, key0)
        const made = yield* trader.createKey
        const copy = `${folder}/copy`
        const fs = yield* FileSystem.FileSystem
        yield* fs.makeDirectory(copy)
        for (const name of yield* fs.readDirectory(folder))
          if (name.startsWith("exchange.db")) yield* fs.copyFile(`${folder}/${name}`, `${copy}/${name}`)
        yield* Effect.scoped(
          Effect.gen(function* () {
            // Cash is given when an account is opened, not when it is found again.
            const after = yield* openRest(copy, { settings: { startCashUsd: microUsd(1) } })
            const again = traderOf(after, key0)
            expect((yield* again.deriveKey).body).toEqual(made.body)
            const cash = yield* again.send("GET", "/balance-allowance?asset_type=COLLATERAL")
            expect(cash.body.balance).toBe("1000000000")
          })
        )
        yield* Scope.close(killed, Exit.void)
      })
    )
  )
})

describe("whatever is sent", () => {
  const method = fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "")
  const known = [
    "/book?token_id=1",
    "/books",
    "/prices",
    "/midpoints?token_ids=1,2",
    "/order",
    "/orders",
    "/auth/api-key",
    "/data/trades?before=x",
    "/markets/0x00",
    "/markets?next_cursor=LTE=",
    "/gamma/markets/keyset?after_cursor=%00",
    "/positions?user=0x0&limit=-1",
    "/__proto__",
    "/markets/__proto__",
    "/clob-markets/constructor",
    "/prices-history?market=1&interval=__proto__"
  ]
  const path = fc.oneof(
    fc.constantFrom(...known),
    fc.webPath(),
    fc.string().map((text) => `/${text}`)
  )
  const deep = fc.integer({ min: 1, max: 100_000 }).map((depth) => "[".repeat(depth))
  const body = fc.oneof(
    fc.constant(""),
    fc.json(),
    fc.string(),
    deep,
    fc.constant('{"__proto__":{"token_id":"1"}}'),
    fc.constant('[{"token_id":"1","side":"__proto__"}]')
  )

  it.effect(
    "a request – has an answer in JSON and never fails the server",
    () =>
      withExchange((exchange) =>
        Effect.gen(function* () {
          const trader = traderOf(exchange, key0)
          yield* trader.createKey
          const cases = fc.sample(fc.tuple(method, path, body, fc.boolean()), { numRuns: 1_500 })
          for (const [verb, target, text, isSigned] of cases) {
            const answer = isSigned
              ? yield* trader.send(verb, target, text)
              : yield* ask(exchange, verb, target, { body: text })
            expect(answer.status, `${verb} ${target} ${text.slice(0, 200)}`).toBeLessThan(500)
            if (answer.status >= 400) expect(answer.body).toHaveProperty("error")
          }
        })
      ),
    60_000
  )

  it.effect("a body beyond a megabyte – is not even read", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const answer = yield* ask(exchange, "POST", "/books", { body: `["${"€".repeat(400_000)}"]` })
        expect(answer).toMatchObject({ status: 413, body: { error: expect.any(String) } })
      })
    )
  )
})
