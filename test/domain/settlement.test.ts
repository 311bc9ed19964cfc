import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { spotPrice } from "../../src/domain/money.ts"
import {
  type MarketSettlementConfig,
  TWAP_60_ON_5M_SINCE_MS,
  TWAP_SINCE_MS,
  outcomeOf,
  settlementRuleOf
} from "../../src/domain/settlement.ts"

const spot = fc.integer({ min: 1, max: 10 ** 14 }).map(spotPrice)
const averaged = (twapLookbackSeconds: number): MarketSettlementConfig => ({
  twapEnabled: true,
  twapLookbackSeconds
})
const instant: MarketSettlementConfig = { twapEnabled: false, twapLookbackSeconds: 0 }

const twap = (lookbackSeconds: number) => ({ _tag: "ChainlinkTwap", lookbackSeconds })
const isKnown = (interval: "5m" | "1h", startMs: number, config: MarketSettlementConfig) =>
  Either.isRight(settlementRuleOf({ interval, startMs, config }))

describe("outcomeOf", () => {
  it.prop("Up wins where the close is not below the open", [spot, spot], ([open, close]) => {
    expect(outcomeOf(open, close) === "Down").toBe(Number(close) - Number(open) < 0)
  })
  it.prop("a tie is Up", [spot], ([price]) => {
    expect(outcomeOf(price, price)).toBe("Up")
  })
})

describe("settlementRuleOf", () => {
  it.each([
    ["5m", TWAP_SINCE_MS - 1, { _tag: "ChainlinkSpot" }],
    ["5m", TWAP_SINCE_MS, twap(30)],
    ["5m", TWAP_60_ON_5M_SINCE_MS - 1, twap(30)],
    ["5m", TWAP_60_ON_5M_SINCE_MS, twap(60)],
    ["15m", TWAP_SINCE_MS - 1, { _tag: "ChainlinkSpot" }],
    ["15m", TWAP_SINCE_MS, twap(60)],
    ["1h", TWAP_SINCE_MS - 1, { _tag: "BinanceHourCandle" }],
    ["1h", TWAP_60_ON_5M_SINCE_MS, { _tag: "BinanceHourCandle" }]
  ] as const)("%s starting at %d, silent market – the rule of its era", (interval, startMs, rule) => {
    expect(settlementRuleOf({ interval, startMs, config: undefined })).toStrictEqual(Either.right(rule))
  })

  it.prop(
    "the market's own statement goes before the era",
    [fc.constantFrom("5m" as const, "15m" as const), fc.constantFrom(30, 60), fc.nat(2 ** 41)],
    ([interval, seconds, startMs]) => {
      expect(settlementRuleOf({ interval, startMs, config: averaged(seconds) })).toStrictEqual(
        Either.right(twap(seconds))
      )
    }
  )

  it.prop(
    "a lookback nobody has described – refused with its length",
    [fc.integer().filter((seconds) => seconds !== 30 && seconds !== 60)],
    ([seconds]) => {
      const rule = settlementRuleOf({ interval: "5m", startMs: TWAP_SINCE_MS, config: averaged(seconds) })
      expect(Either.isLeft(rule) && rule.left.includes(String(seconds))).toBe(true)
    }
  )

  it("a statement against its era – refused", () => {
    expect(isKnown("5m", TWAP_SINCE_MS, instant)).toBe(false)
    expect(isKnown("5m", TWAP_SINCE_MS - 1, instant)).toBe(true)
    expect(isKnown("1h", TWAP_SINCE_MS, averaged(60))).toBe(false)
    expect(isKnown("1h", TWAP_SINCE_MS, instant)).toBe(true)
  })
})
