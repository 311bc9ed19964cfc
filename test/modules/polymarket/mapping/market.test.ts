/** Which markets are traded at all: of any kind that is not known here, none is, and why is said. */
import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc, Schema } from "effect"
import { WindowSlug } from "../../../../src/domain/window.ts"
import { marketOf } from "../../../../src/modules/polymarket/mapping/market.ts"
import { WireClobMarket } from "../../../../src/modules/polymarket/wire/clob.ts"
import { WireGammaMarket } from "../../../../src/modules/polymarket/wire/gamma.ts"

const SLUG = "btc-updown-5m-1788220800"
const CONDITION = `0x${"5c".repeat(32)}`
const UP = "74927204571237432894709357810975324094503478927309582437589034758290347582903"
const DOWN = "31415926535897932384626433832795028841971693993751058209749445923078164062862"

/** PolyV2's position id of a binary condition: module 1, a hash, and the outcome. */
const position = (outcome: 0 | 1): string =>
  BigInt(`0x01${"7b".repeat(16)}${"00".repeat(14)}0${outcome}`).toString()

const gamma = {
  slug: SLUG,
  conditionId: CONDITION,
  outcomes: '["Up","Down"]',
  clobTokenIds: JSON.stringify([UP, DOWN]),
  eventStartTime: "2026-09-01T00:00:00Z",
  endDate: "2026-09-01T00:05:00Z",
  negRisk: false,
  feesEnabled: true,
  cryptoMarketConfig: { asset: "btc", twapEnabled: true, twapLookbackSeconds: 60 }
}
const clob = {
  c: CONDITION,
  t: [
    { t: UP, o: "Up" },
    { t: DOWN, o: "Down" }
  ],
  mts: 0.01,
  mos: 5,
  nr: false,
  itode: true,
  fd: { r: 0.07, e: 1, to: true }
}

const read = (gammaChange: object, clobChange: object) =>
  marketOf(
    WindowSlug.make(SLUG),
    Schema.decodeUnknownSync(WireGammaMarket)({ ...gamma, ...gammaChange }),
    Schema.decodeUnknownSync(WireClobMarket)({ ...clob, ...clobChange }),
    150
  )

const positions = {
  gamma: { clobTokenIds: JSON.stringify([position(0), position(1)]) },
  clob: {
    t: [
      { t: position(0), o: "Up" },
      { t: position(1), o: "Down" }
    ]
  }
}

describe("marketOf", () => {
  it.each([
    ["as it always was", {}, {}],
    ["that says its protocol is that of CTF", { version: "v1" }, {}],
    ["that says nothing of its protocol", { version: null }, {}],
    ["with a finer tick", {}, { mts: 0.001 }]
  ])("a market %s is traded", (_, gammaChange, clobChange) => {
    const market = Either.getOrThrow(read(gammaChange, clobChange))
    expect(market).toMatchObject({
      upTokenId: UP,
      downTokenId: DOWN,
      conditionId: CONDITION,
      takerHoldMs: 150
    })
  })

  it.each<readonly [string, object, object, RegExp]>([
    ["of PolyV2", { version: "v2" }, {}, /is of protocol v2, .* for v1 only/],
    ["of PolyV2 without CTF tokens", { version: "v2", clobTokenIds: null }, {}, /is of protocol v2/],
    ["of a protocol to come", { version: 3 }, {}, /is of protocol 3/],
    [
      "of PolyV2 by its condition",
      { conditionId: CONDITION.slice(0, 64) },
      {},
      /condition id .* none of CTF/
    ],
    ["of PolyV2 by its tokens", positions.gamma, positions.clob, /position ids of PolyV2 \(module 1\)/],
    ["of PolyV2 by the CLOB's tokens", {}, positions.clob, /position ids of PolyV2/],
    ["of negative risk by Gamma", { negRisk: true }, {}, /negative-risk/],
    ["of negative risk by the CLOB", {}, { nr: true }, /negative-risk/],
    ["without an order book", { enableOrderBook: false }, {}, /no order book/],
    ["with a tick that is none", {}, { mts: 0.003 }, /tick size of 0\.003/],
    ["with other outcomes", { outcomes: '["Yes","No"]' }, {}, /outcomes are Yes, No/],
    ["with an unknown fee exponent", {}, { fd: { r: 0.07, e: 3, to: true } }, /fee exponent of 3/],
    ["with fees it does not tell", {}, { fd: null }, /does not tell its terms/],
    ["about an asset to come", { cryptoMarketConfig: { asset: "xyz" } }, {}, /about xyz/]
  ])("a market %s is refused, and the reason names it", (_, gammaChange, clobChange, words) => {
    const found = read(gammaChange, clobChange)
    expect(found).toMatchObject({ _tag: "Left", left: { reason: { _tag: "Refused" } } })
    if (Either.isLeft(found)) expect(found.left.message).toMatch(words)
  })

  it.each<readonly [string, object, object, RegExp]>([
    ["another condition", {}, { c: `0x${"11".repeat(32)}` }, /different conditions/],
    [
      "other tokens",
      {},
      {
        t: [
          { t: UP, o: "Down" },
          { t: DOWN, o: "Up" }
        ]
      },
      /different tokens/
    ],
    ["no tokens", { clobTokenIds: null }, {}, /clobTokenIds/]
  ])("where the two services tell %s, neither is believed", (_, gammaChange, clobChange, words) => {
    const found = read(gammaChange, clobChange)
    expect(found).toMatchObject({ _tag: "Left", left: { reason: { _tag: "Undecodable" } } })
    if (Either.isLeft(found)) expect(found.left.message).toMatch(words)
  })

  const hash = fc.bigInt({ min: 1n, max: (1n << 256n) - 1n })

  it.prop(
    "tokens that are hashes, as those of CTF, are never taken for position ids",
    [hash, hash],
    ([up, down]) => {
      fc.pre(up >> 8n !== down >> 8n)
      const tokens = {
        t: [
          { t: String(up), o: "Up" },
          { t: String(down), o: "Down" }
        ]
      }
      expect(Either.isRight(read({ clobTokenIds: JSON.stringify([String(up), String(down)]) }, tokens))).toBe(
        true
      )
    }
  )
})
