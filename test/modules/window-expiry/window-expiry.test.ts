import { describe, expect, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { exits } from "../../../src/modules/window-expiry/exits.ts"
import { Settings, layerConfig } from "../../../src/modules/window-expiry/window-expiry.ts"
import { WindowExpiry } from "../../../src/ports/trading.ts"
import { END_MS, WINDOW, makeBook, makeContext, makePosition, makeView } from "../../domain/trading-world.ts"

const settings = Schema.decodeSync(Settings)({ exitBeforeEndMs: 20_000 })
const held = (bid: number, msLeft: number) => {
  const nowMs = END_MS - msLeft
  const upBook = makeBook(WINDOW.upTokenId, bid, bid + 100, { receivedAtMs: nowMs - 50 })
  return makeContext({
    nowMs,
    views: [makeView(bid, bid + 100, { upBook })],
    positions: [makePosition(10, 5_000)]
  })
}

describe("exits", () => {
  it.each([
    ["sell-losers", 2_000, 20_000, 1],
    ["sell-losers", 2_000, 20_001, 0],
    ["sell-losers", 3_900, 5_000, 1],
    ["sell-losers", 4_000, 5_000, 0],
    ["sell-losers", 300, 5_000, 1],
    ["sell-losers", 200, 5_000, 0],
    ["sell-all", 8_000, 5_000, 1],
    ["sell-all", 200, 5_000, 0],
    ["sell-all", 8_000, 0, 0],
    ["hold", 2_000, 5_000, 0]
  ] as const)("%s – bid %i with %i ms left gives %i signals", (action, bid, msLeft, count) => {
    const { declined, wanted } = exits({ ...settings, action }, held(bid, msLeft))
    expect(wanted).toHaveLength(count)
    expect(declined).toHaveLength(1 - count)
  })

  it("limit – best bid less the slippage, never below a tick", () => {
    expect(exits(settings, held(2_000, 5_000)).wanted).toMatchObject([
      { purpose: "expiry", limitPriceTicks: 1_800 }
    ])
    expect(exits({ ...settings, slippageTicks: 9_000 }, held(2_000, 5_000)).wanted).toMatchObject([
      { limitPriceTicks: 100 }
    ])
  })

  it("declines – speak in the name of the module", () => {
    expect(exits(settings, held(9_000, 5_000)).declined).toMatchObject([
      { module: "window-expiry", subject: `${WINDOW.slug} Up`, reason: /held to settlement/ }
    ])
  })

  it.effect("layer – answers with the same decisions", () =>
    Effect.gen(function* () {
      const module = yield* WindowExpiry
      const decisions = yield* module.exits(held(2_000, 5_000))
      expect(decisions).toEqual(exits(settings, held(2_000, 5_000)))
      expect(decisions.wanted).toHaveLength(1)
    }).pipe(Effect.provide(layerConfig(settings)))
  )
})
