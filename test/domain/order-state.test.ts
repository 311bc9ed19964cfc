import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc, Schema } from "effect"
import { microShares, microUsd, priceTicks } from "../../src/domain/money.ts"
import {
  type Fill,
  type FillStatus,
  Order,
  type OrderStatus,
  isOpen,
  laterFillStatus
} from "../../src/domain/order.ts"
import {
  type OrderFact,
  applyFact,
  isSettledOrder,
  missingMicroShares,
  outstandingMicroShares,
  pendingOrder
} from "../../src/domain/order-state.ts"
import { NOW_MS, makeOrder } from "./trading-world.ts"

const SHARE = 1_000_000
const sample = makeOrder("BUY", 5, 5_200)
const orderOf = (orderType: "GTC" | "FAK", shares = 5): Order =>
  pendingOrder(
    { ...sample.intent, orderType, sizeMicroShares: microShares(shares * SHARE) },
    { orderId: sample.orderId, salt: 1, timestampMs: NOW_MS }
  )

const fill = (tradeId: string, micros: number, status: FillStatus = "matched"): Fill => ({
  tradeId,
  orderId: sample.orderId,
  slug: sample.intent.slug,
  tokenId: sample.intent.tokenId,
  side: "BUY",
  role: "taker",
  priceTicks: priceTicks(5_200),
  sizeMicroShares: microShares(micros),
  feeMicroUsd: microUsd(0),
  status,
  matchedAtMs: NOW_MS
})
const filled = (tradeId: string, micros: number, status: FillStatus = "matched"): OrderFact => ({
  _tag: "Filled",
  fill: fill(tradeId, micros, status),
  atMs: NOW_MS + 5
})
const says = (
  status: Extract<OrderFact, { _tag: "VenueSays" }>["status"],
  micros: number,
  note = ""
): OrderFact => ({
  _tag: "VenueSays",
  status,
  filledMicroShares: microShares(micros),
  note,
  atMs: NOW_MS + 7
})
const accepted: OrderFact = { _tag: "Accepted", atMs: NOW_MS + 1 }
const cancelConfirmed: OrderFact = { _tag: "CancelConfirmed", reason: "asked for", atMs: NOW_MS + 6 }

const run = (order: Order, facts: ReadonlyArray<OrderFact>): Order => facts.reduce(applyFact, order)

const anyTime = fc.nat(100_000).map((ms) => NOW_MS + ms)
const words = fc.constantFrom("", "not enough balance / allowance", "asked for", "market resolved")
const fillStatus = fc.constantFrom<FillStatus>("matched", "mined", "confirmed", "retrying", "failed")
const anyFact: fc.Arbitrary<OrderFact> = fc.oneof(
  fc.record({ _tag: fc.constant("Accepted" as const), atMs: anyTime }),
  fc.record({ _tag: fc.constant("Refused" as const), reason: words, atMs: anyTime }),
  fc.record({ _tag: fc.constant("OutcomeUnknown" as const), reason: words, atMs: anyTime }),
  fc.record({ _tag: fc.constant("CancelConfirmed" as const), reason: words, atMs: anyTime }),
  fc.record({ _tag: fc.constant("NeverReached" as const), atMs: anyTime }),
  fc.record({ _tag: fc.constant("Resent" as const), reason: words, atMs: anyTime }),
  fc.record({
    _tag: fc.constant("VenueSays" as const),
    status: fc.constantFrom("live" as const, "matched" as const, "cancelled" as const, "expired" as const),
    filledMicroShares: fc.nat(6 * SHARE).map(microShares),
    note: words,
    atMs: anyTime
  }),
  fc
    .record({ id: fc.constantFrom("a", "b", "c", "d"), status: fillStatus, at: anyTime })
    .map(({ at, id, status }) => ({
      _tag: "Filled" as const,
      // The size of one execution never changes.
      fill: fill(id, { a: 2, b: 2, c: 1.051019, d: 0.005 }[id as "a"] * SHARE, status),
      atMs: at
    }))
)
const anyOrder = fc.constantFrom("GTC" as const, "FAK" as const).map((type) => orderOf(type))

/** The same facts again, in another order, some of them twice and thrice. */
const retold = (facts: ReadonlyArray<OrderFact>) =>
  fc.tuple(fc.subarray([...facts]), fc.subarray([...facts])).chain(([again, andAgain]) => {
    const all = [...facts, ...again, ...andAgain]
    return fc.shuffledSubarray(all, { minLength: all.length })
  })

const ALLOWED: Readonly<Record<OrderStatus, ReadonlyArray<OrderStatus>>> = {
  pending: ["unknown", "live", "filled", "cancelled", "expired", "refused"],
  unknown: ["live", "filled", "cancelled", "expired", "refused"],
  live: ["filled", "cancelled", "expired"],
  refused: ["live", "filled", "cancelled", "expired"],
  filled: ["cancelled", "expired"],
  cancelled: ["filled", "expired"],
  expired: ["filled"]
}

describe("applyFact", () => {
  it("applyFact – any order and repetition of the same facts ends in the same state", () => {
    fc.assert(
      fc.property(
        anyOrder,
        fc.array(anyFact, { maxLength: 8 }).chain((facts) => fc.tuple(fc.constant(facts), retold(facts))),
        (order, [facts, others]) => {
          expect(run(order, others)).toEqual(run(order, facts))
        }
      ),
      { numRuns: 300 }
    )
  })

  it("applyFact – no fact undoes an end: only the ways of the table are gone", () => {
    fc.assert(
      fc.property(anyOrder, fc.array(anyFact, { maxLength: 12 }), (order, facts) => {
        facts.reduce((before, fact) => {
          const after = applyFact(before, fact)
          if (after.status !== before.status) expect(ALLOWED[before.status]).toContain(after.status)
          return after
        }, order)
      }),
      { numRuns: 300 }
    )
  })

  it("applyFact – counts each fill once and takes failed ones back", () => {
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 12 }), (facts) => {
        const last = new Map<string, Fill>()
        for (const fact of facts) {
          if (fact._tag !== "Filled") continue
          const known = last.get(fact.fill.tradeId)
          const status = laterFillStatus(known?.status ?? fact.fill.status, fact.fill.status)
          last.set(fact.fill.tradeId, { ...fact.fill, status })
        }
        const held = [...last.values()].filter(({ status }) => status !== "failed")
        const order = run(orderOf("GTC"), facts)
        expect(order.filledMicroShares).toBe(held.reduce((sum, one) => sum + one.sizeMicroShares, 0))
        expect(order.status === "filled").toBe(order.filledMicroShares > 4_990_000)
      }),
      { numRuns: 300 }
    )
  })

  it("applyFact – a cancel that crosses the last fill ends filled, whatever came first", () => {
    const facts = [
      accepted,
      says("live", 0),
      filled("a", 3 * SHARE),
      filled("a", 3 * SHARE, "confirmed"),
      cancelConfirmed,
      says("cancelled", 3 * SHARE),
      filled("b", 2 * SHARE)
    ]
    fc.assert(
      fc.property(retold(facts), (told) => {
        expect(run(orderOf("GTC"), told)).toMatchObject({ status: "filled", filledMicroShares: 5 * SHARE })
      })
    )
  })

  it("applyFact – a partial fill before the cancel stays, and a late one is added", () => {
    const order = run(orderOf("GTC"), [
      accepted,
      filled("a", 2 * SHARE),
      says("cancelled", 3 * SHARE, "asked for")
    ])
    expect(order).toMatchObject({ status: "cancelled", note: "asked for", filledMicroShares: 2 * SHARE })
    expect(missingMicroShares(order)).toBe(SHARE)
    expect(outstandingMicroShares(order)).toBe(SHARE)
    expect(isSettledOrder(order)).toBe(false)
    const late = run(order, [filled("b", SHARE, "confirmed"), filled("a", 2 * SHARE, "confirmed")])
    expect(late).toMatchObject({ status: "cancelled", filledMicroShares: 3 * SHARE })
    expect(isSettledOrder(late)).toBe(true)
  })

  it("applyFact – matched by the venue's word is open until the fills are there", () => {
    const order = run(orderOf("GTC"), [accepted, says("matched", 5 * SHARE)])
    expect(order.status).toBe("live")
    expect(missingMicroShares(order)).toBe(5 * SHARE)
    expect(applyFact(order, filled("a", 5 * SHARE)).status).toBe("filled")
  })

  it("applyFact – the rest of a FAK is killed, the rest of a GTC rests", () => {
    const facts = [accepted, says("matched", 3 * SHARE), filled("a", 3 * SHARE)]
    expect(run(orderOf("FAK"), facts)).toMatchObject({ status: "cancelled", filledMicroShares: 3 * SHARE })
    expect(run(orderOf("GTC"), facts)).toMatchObject({ status: "live", filledMicroShares: 3 * SHARE })
  })

  it("applyFact – overfill and less than the size step unfilled count as filled", () => {
    expect(run(orderOf("FAK"), [filled("a", 5_051_019)]).status).toBe("filled")
    expect(run(orderOf("FAK"), [filled("a", 4_990_001)]).status).toBe("filled")
    expect(run(orderOf("FAK"), [filled("a", 4_990_000)]).status).toBe("live")
  })

  it("applyFact – a fill that fails ends the order without it", () => {
    const order = run(orderOf("GTC"), [filled("a", 5 * SHARE), filled("a", 5 * SHARE, "failed")])
    expect(order).toMatchObject({
      status: "cancelled",
      filledMicroShares: 0,
      note: "a fill failed to settle"
    })
  })

  it("applyFact – an order thought lost is taken up again when the venue shows it", () => {
    const lost = run(orderOf("GTC"), [
      { _tag: "OutcomeUnknown", reason: "timeout", atMs: NOW_MS },
      { _tag: "NeverReached", atMs: NOW_MS + 1 }
    ])
    expect(lost).toMatchObject({ status: "refused", note: "never reached the venue" })
    expect(isOpen(applyFact(lost, says("live", 0)))).toBe(true)
  })

  it("Order – survives JSON with its evidence", () => {
    fc.assert(
      fc.property(anyOrder, fc.array(anyFact, { maxLength: 6 }), (order, facts) => {
        const state = run(order, facts)
        const json = JSON.stringify(Schema.encodeSync(Order)(state))
        expect(Schema.decodeUnknownSync(Order)(JSON.parse(json))).toEqual(state)
      })
    )
  })
})
