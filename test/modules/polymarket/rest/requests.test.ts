/** Our requests are the official client's, byte for byte: path, query, headers and body, at the same moment with the same keys. */
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { Duration, Effect, Layer, Redacted, Schema, TestClock } from "effect"
import { OrderId } from "../../../../src/domain/order.ts"
import { type OrderStruct, plainAccount } from "../../../../src/domain/signed-order.ts"
import { ConditionId, TokenId } from "../../../../src/domain/window.ts"
import { makeAsk } from "../../../../src/modules/polymarket/rest/ask.ts"
import { createOrDerive, signWithKey } from "../../../../src/modules/polymarket/rest/auth.ts"
import { privateClob } from "../../../../src/modules/polymarket/rest/clob.ts"
import { makeTransport } from "../../../../src/modules/polymarket/rest/transport.ts"
import { VenueTime } from "../../../../src/modules/polymarket/rest/venue-time.ts"
import { localSigner } from "../../../../src/modules/polymarket/wallet/local-signer.ts"
import { Signer } from "../../../../src/ports/signer.ts"
import { readOrder } from "../../../../src/protocol/wire-order.ts"
import { settingsFor } from "../client/venue.ts"

const file = new URL("../../../../../shared/vectors/polymarket-vectors.json", import.meta.url)

const Request = Schema.Struct({
  name: Schema.String,
  method: Schema.String,
  path: Schema.String,
  query: Schema.String,
  headers: Schema.Record({ key: Schema.String, value: Schema.String }),
  body: Schema.String
})
type Request = typeof Request.Type
const Vectors = Schema.Struct({
  wire_requests: Schema.Struct({
    creds: Schema.Struct({ key: Schema.String, secret: Schema.String, passphrase: Schema.String }),
    dateNow: Schema.Number,
    requests: Schema.Array(Request)
  })
})

const golden = existsSync(file)
  ? Schema.decodeUnknownSync(Schema.parseJson(Vectors))(readFileSync(file, "utf8")).wire_requests
  : undefined

/** Account 0 of the public hardhat test keys. */
const ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
const signer = localSigner({
  privateKey: Redacted.make("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
  address: ADDRESS,
  account: plainAccount(ADDRESS)
})

const condition = ConditionId.make(`0x${"ab".repeat(32)}`)
const token = TokenId.make("71321045679252212594626385532706912750332728571942532289631379312455583992563")
const [aa, bb] = [OrderId.make("0xaa"), OrderId.make("0xbb")]

/** Answers everything with a page that says no, and keeps what was asked. */
const listening = (asked: Array<Request>) =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request, url) =>
      Effect.sync(() => {
        const { body } = request
        asked.push({
          name: "",
          method: request.method,
          path: url.pathname,
          query: url.search.slice(1),
          headers: Object.fromEntries(
            Object.entries(request.headers).filter(([name]) => name.startsWith("poly_"))
          ),
          body: body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : ""
        })
        return HttpClientResponse.fromWeb(request, new Response('{"error":"no"}', { status: 400 }))
      })
    )
  )

/** The order of a golden body, signed anew by our signer. */
const signedAgain = (request: Request) =>
  Effect.gen(function* () {
    const { expirationS, order, orderType, owner, postOnly } = yield* Effect.orDie(
      readOrder(JSON.parse(request.body))
    )
    const struct: OrderStruct = { ...order }
    const signature = yield* (yield* Signer).signOrder({ chainId: 137, exchange: "v2" }, struct)
    return {
      orderId: aa,
      side: "BUY" as const,
      request: { order: struct, signature, owner, orderType, postOnly, deferExec: false, expirationS }
    }
  })

const lower = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

describe.skipIf(golden === undefined)("requests (skipped where ../shared/vectors is absent)", () => {
  const vectors = golden ?? { creds: { key: "", secret: "", passphrase: "" }, dateNow: 0, requests: [] }
  const credentials = {
    apiKey: Redacted.make(vectors.creds.key),
    secret: Redacted.make(vectors.creds.secret),
    passphrase: Redacted.make(vectors.creds.passphrase)
  }

  const send = (wanted: Request) =>
    Effect.gen(function* () {
      const asked: Array<Request> = []
      const transport = yield* Effect.provide(
        makeTransport({ addresses: settingsFor().addresses, maxWaitMs: 0 }),
        listening(asked)
      )
      const ask = makeAsk(transport)
      const time = new VenueTime()
      const clob = privateClob(transport, ask, {
        credentials,
        sign: signWithKey(ADDRESS, credentials, time),
        signatureType: 0
      })
      const key = Effect.flatMap(Signer, (each) => createOrDerive(ask, each, time, 137))
      const place = Effect.flatMap(signedAgain(wanted), (order) => clob.place(order))
      const calls: Readonly<Record<string, Effect.Effect<unknown, unknown, Signer>>> = {
        "createApiKey nonce 0": key,
        "deriveApiKey nonce 0": Effect.ensuring(
          key,
          Effect.sync(() => asked.shift())
        ),
        "cancel one": clob.cancelOne(aa),
        "cancel batch": clob.cancelMany([aa, bb]),
        "cancel all": clob.cancelAll,
        "cancel market": clob.cancelMarket({ market: condition, asset_id: token }),
        "heartbeat start": clob.heartbeat(""),
        "open orders": clob.openOrders(condition),
        trades: clob.trades({ makerAddress: ADDRESS, conditionId: condition }),
        "balance collateral": clob.balance(),
        "balance update conditional": clob.refreshBalance(token)
      }
      yield* Effect.exit(
        wanted.path === "/order" && wanted.method === "POST" ? place : (calls[wanted.name] ?? Effect.void)
      )
      return asked[0]
    })

  it.effect.each(vectors.requests)("$name – is the official client's", (wanted) =>
    Effect.gen(function* () {
      yield* TestClock.adjust(Duration.millis(vectors.dateNow))
      const sent = yield* send(wanted)
      expect(sent).toEqual({ ...wanted, name: "", headers: lower(wanted.headers) })
    }).pipe(Effect.provide(signer))
  )
})
