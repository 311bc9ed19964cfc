import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { microShares, priceTicks } from "../../src/domain/money.ts"
import {
  CACHED,
  type Cached,
  REPORTED,
  TRADED,
  type Verdict,
  cachedOf,
  isOverfill,
  reportedOf,
  tradedOf,
  verdictOf
} from "../../src/domain/order-verdict.ts"
import { makeOrder } from "./trading-world.ts"

const SHARE = 1_000_000

/**
 * The whole matrix by hand, one block for each way our record may read. A line: what the venue says of the order, then the
 * verdict where its trades of it are none, a part, all, and more than was ordered.
 */
const MATRIX: Readonly<Record<Cached, string>> = {
  pending: `
    not-found  ask    learn  learn  over
    live       learn  learn  learn  over
    partial    late   learn  learn  over
    filled     late   late   learn  over
    cancelled  learn  learn  learn  over
    expired    learn  learn  learn  over
    rejected   learn  clash  clash  over
    duplicate  learn  learn  learn  over`,
  sending: `
    not-found  wait   learn  learn  over
    live       learn  learn  learn  over
    partial    late   learn  learn  over
    filled     late   late   learn  over
    cancelled  learn  learn  learn  over
    expired    learn  learn  learn  over
    rejected   learn  clash  clash  over
    duplicate  learn  learn  learn  over`,
  sent: `
    not-found  ask    learn  learn  over
    live       learn  learn  learn  over
    partial    late   learn  learn  over
    filled     late   late   learn  over
    cancelled  learn  learn  learn  over
    expired    learn  learn  learn  over
    rejected   learn  clash  clash  over
    duplicate  learn  learn  learn  over`,
  live: `
    not-found  lost   learn  learn  over
    live       agree  learn  learn  over
    partial    late   learn  learn  over
    filled     late   late   learn  over
    cancelled  learn  learn  learn  over
    expired    learn  learn  learn  over
    rejected   learn  clash  clash  over
    duplicate  agree  learn  learn  over`,
  partial: `
    not-found  behind lost   learn  over
    live       behind learn  learn  over
    partial    behind agree  learn  over
    filled     late   late   learn  over
    cancelled  behind learn  learn  over
    expired    behind learn  learn  over
    rejected   clash  clash  clash  over
    duplicate  behind agree  learn  over`,
  filled: `
    not-found  behind behind agree  over
    live       behind behind behind over
    partial    behind behind behind over
    filled     behind behind agree  over
    cancelled  behind behind agree  over
    expired    behind behind agree  over
    rejected   clash  clash  clash  over
    duplicate  behind behind agree  over`,
  cancelled: `
    not-found  agree  agree  learn  over
    live       stray  stray  learn  over
    partial    stray  stray  learn  over
    filled     late   late   learn  over
    cancelled  agree  agree  learn  over
    expired    agree  agree  learn  over
    rejected   agree  clash  clash  over
    duplicate  agree  agree  learn  over`,
  // Beyond the matrix: an order given up, or refused, that the venue may have after all.
  refused: `
    not-found  agree  learn  learn  over
    live       learn  learn  learn  over
    partial    late   learn  learn  over
    filled     late   late   learn  over
    cancelled  learn  learn  learn  over
    expired    learn  learn  learn  over
    rejected   agree  clash  clash  over
    duplicate  learn  learn  learn  over`
}

const cells = CACHED.flatMap((cached) =>
  MATRIX[cached]
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([reported, ...verdicts]) =>
      verdicts.map((verdict, column) => ({ cached, reported, traded: TRADED[column], verdict }))
    )
)

describe("verdictOf", () => {
  it("verdictOf – the table has every cell once", () => {
    expect(cells).toHaveLength(8 * 8 * 4)
    expect(cells.filter(({ cached }) => cached !== "refused")).toHaveLength(224)
    expect(new Set(cells.map((cell) => `${cell.cached} ${cell.reported} ${cell.traded}`)).size).toBe(256)
  })

  it.each(cells)(
    "verdictOf – $cached in our record, $reported at the venue, $traded of it traded: $verdict",
    ({ cached, reported, traded, verdict }) => {
      const said = REPORTED.find((each) => each === reported)
      if (said === undefined || traded === undefined) throw new Error(`no such cell: ${reported} ${traded}`)
      expect(verdictOf(cached, said, traded)).toBe(verdict)
    }
  )

  /** Verdicts after which our books are as they were, and nobody looks again. */
  const QUIET: ReadonlySet<Verdict> = new Set(["agree"])

  it("verdictOf – nothing that traded is passed over, but where our record has it", () => {
    for (const cached of CACHED) {
      for (const reported of REPORTED) {
        expect(QUIET.has(verdictOf(cached, reported, "extra"))).toBe(false)
        if (cached !== "filled") expect(verdictOf(cached, reported, "all")).not.toBe("agree")
      }
    }
  })

  it("verdictOf – an order that may be at the venue is never settled by its silence", () => {
    for (const cached of ["pending", "sending", "sent", "live", "partial", "filled"] as const) {
      expect(QUIET.has(verdictOf(cached, "not-found", "none"))).toBe(false)
    }
  })
})

describe("cachedOf", () => {
  it("cachedOf, reportedOf – what there is falls into the right row", () => {
    const order = makeOrder("BUY", 5, 5_200)
    expect(cachedOf({ ...order, status: "pending" }, false)).toBe("pending")
    expect(cachedOf({ ...order, status: "pending" }, true)).toBe("sending")
    expect(cachedOf({ ...order, status: "unknown" }, false)).toBe("sent")
    expect(cachedOf(order, false)).toBe("live")
    expect(cachedOf({ ...order, filledMicroShares: microShares(1) }, false)).toBe("partial")
    expect(cachedOf({ ...order, status: "filled" }, false)).toBe("filled")
    expect(cachedOf({ ...order, status: "expired" }, false)).toBe("cancelled")
    expect(cachedOf({ ...order, status: "refused" }, false)).toBe("refused")
    expect(reportedOf(undefined)).toBe("not-found")
    const report = (status: "live" | "matched" | "cancelled" | "rejected", micros: number) =>
      reportedOf({ status, filledMicroShares: microShares(micros) })
    expect([report("live", 0), report("live", 1), report("matched", 5)]).toEqual([
      "live",
      "partial",
      "filled"
    ])
    expect([report("cancelled", 3), report("rejected", 0)]).toEqual(["cancelled", "rejected"])
  })
})

describe("tradedOf", () => {
  const buy = makeOrder("BUY", 5, 5_200).intent
  const sell = makeOrder("SELL", 5, 5_200).intent
  const at = (ticks: number, micros: number) => ({
    priceTicks: priceTicks(ticks),
    sizeMicroShares: microShares(micros)
  })

  it("tradedOf – none, a part, all to the size step, and more", () => {
    expect(tradedOf(sell, [])).toBe("none")
    expect(tradedOf(sell, [at(5_200, 1)])).toBe("part")
    expect(tradedOf(sell, [at(5_200, 3 * SHARE), at(5_300, 1_990_001)])).toBe("all")
    expect(tradedOf(sell, [at(5_200, 5 * SHARE + 9_999)])).toBe("all")
    expect(tradedOf(sell, [at(5_200, 5 * SHARE + 10_000)])).toBe("extra")
  })

  it("tradedOf – a buy at better prices gets more shares for its dollars, and is over only beyond them", () => {
    expect(tradedOf(buy, [at(5_000, 5_200_000)])).toBe("all")
    expect(tradedOf(buy, [at(5_200, 5_051_019)])).toBe("extra")
    expect(tradedOf(buy, [at(5_000, 5_300_000)])).toBe("extra")
  })

  it("isOverfill – never within the size, and never where every dollar is within the limit's", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ticks: fc.integer({ min: 1, max: 5_200 }), micros: fc.nat(5 * SHARE) }), {
          maxLength: 6
        }),
        (rows) => {
          const executions = rows.map(({ micros, ticks }) => at(ticks, micros))
          const size = rows.reduce((sum, { micros }) => sum + micros, 0)
          const paid = rows.reduce((sum, { micros, ticks }) => sum + Math.floor((micros * ticks) / 10_000), 0)
          if (size <= 5 * SHARE || paid <= 2_600_000) expect(isOverfill(buy, executions)).toBe(false)
          if (size >= 5 * SHARE + 10_000) expect(isOverfill(sell, executions)).toBe(true)
        }
      )
    )
  })
})
