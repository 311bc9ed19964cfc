/** Every answer to an order, and every way to get none: what it says of the order. */
import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { OrderId } from "../../../../src/domain/order.ts"
import type { Sent } from "../../../../src/modules/polymarket/rest/answer.ts"
import { orderAnswer, orderAnswers } from "../../../../src/modules/polymarket/rest/order-answer.ts"

const id = OrderId.make(`0x${"1f".repeat(32)}`)
const other = `0x${"2e".repeat(32)}`

const answered = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Sent => ({
  _tag: "Answered",
  status,
  headers,
  text: typeof body === "string" ? body : JSON.stringify(body)
})
const refusal = (error: string) => ({ error })
const good = (fields: object) => ({
  success: true,
  errorMsg: "",
  orderID: id,
  status: "live",
  makingAmount: "",
  takingAmount: "",
  ...fields
})
const page = "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head></html>"

/** The tag, and of what was not taken the reason's tag. */
const meaning = (sent: Sent, side: "BUY" | "SELL" = "BUY"): string => {
  const answer = orderAnswer(id, side, sent)
  if (answer._tag === "NotTaken") return answer.reason._tag
  return answer._tag === "Accepted" ? `Accepted ${answer.status} ${answer.filledMicroShares}` : answer._tag
}

const table: ReadonlyArray<readonly [what: string, sent: Sent, means: string]> = [
  ["it rests", answered(200, good({})), "Accepted live 0"],
  [
    "it matched at once",
    answered(200, good({ status: "matched", makingAmount: "1.45", takingAmount: "5" })),
    "Accepted matched 5000000"
  ],
  ["the longer spelling", answered(200, good({ status: "ORDER_STATUS_LIVE" })), "Accepted live 0"],
  ["held", answered(200, good({ status: "delayed" })), "Accepted delayed 0"],
  ["held, then resting", answered(200, good({ status: "unmatched" })), "Accepted live 0"],
  ["created", answered(201, good({})), "Accepted live 0"],
  [
    "fields that are not known",
    answered(200, good({ tradeIDs: ["a"], extra: { deep: [1] } })),
    "Accepted live 0"
  ],
  ["another order's id", answered(200, good({ orderID: other })), "Unknown"],
  [
    "an id in another case",
    answered(200, good({ orderID: id.toUpperCase().replace("0X", "0x") })),
    "Accepted live 0"
  ],
  ["success, but no id", answered(200, good({ orderID: "" })), "Unknown"],
  [
    "success, no id, and a reason",
    answered(200, good({ orderID: "", errorMsg: "not enough balance / allowance" })),
    "Refused"
  ],
  [
    "success, no id, post-only mode",
    answered(
      200,
      good({ orderID: "", errorMsg: "post-only mode: only post-only orders and cancels are allowed" })
    ),
    "Maintenance"
  ],
  ["success with an id and an error", answered(200, good({ errorMsg: "order match delayed" })), "Unknown"],
  ["a status nobody knows", answered(200, good({ status: "constructor" })), "Unknown"],
  ["no success, with a reason", answered(200, { success: false, errorMsg: "invalid signature" }), "Refused"],
  ["no success, without one", answered(200, { success: false }), "Refused"],
  [
    "no success, but duplicated",
    answered(200, { success: false, errorMsg: `order ${id} is invalid. Duplicated.` }),
    "There"
  ],
  [
    "no success, delayed",
    answered(200, { success: false, errorMsg: "order match delayed due to market conditions" }),
    "Unknown"
  ],
  ["an answer that does not decode", answered(200, { ok: 1 }), "Unknown"],
  ["torn JSON", answered(200, '{"success":true,"orderID":"0x1f'), "Unknown"],
  ["a page instead of JSON", answered(200, page), "Unknown"],
  ["nothing at all", answered(200, ""), "Unknown"],
  ["more than a megabyte", answered(200, `{"success":true,"x":"${"y".repeat(1_100_000)}"}`), "Unknown"],
  ["nested without end", answered(200, "[".repeat(500_000)), "Unknown"],
  [
    "400 a tick",
    answered(400, refusal("order 0x1 is invalid. Price (0.5) breaks minimum tick size rule: 0.01")),
    "Refused"
  ],
  [
    "400 too small",
    answered(400, refusal("order 0x1 is invalid. Size (1) lower than the minimum: 5")),
    "Refused"
  ],
  [
    "400 balance",
    answered(
      400,
      refusal("not enough balance / allowance: the balance is not enough -> balance: 1, order amount: 2")
    ),
    "Refused"
  ],
  [
    "400 crossing post-only",
    answered(400, refusal("invalid post-only order: order crosses book")),
    "Refused"
  ],
  [
    "400 FOK",
    answered(400, refusal("order couldn't be fully filled. FOK orders are fully filled or killed.")),
    "Refused"
  ],
  [
    "400 FAK",
    answered(
      400,
      refusal(
        "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
      )
    ),
    "Refused"
  ],
  ["400 not ready", answered(400, refusal("the market is not yet ready to process new orders")), "Refused"],
  ["400 banned", answered(400, refusal("'0x1' address in closed only mode")), "Refused"],
  ["400 without words", answered(400, {}), "Refused"],
  ["400 torn", answered(400, '{"error":"order 0x1f'), "Unknown"],
  ["400 duplicated", answered(400, refusal(`order ${id} is invalid. Duplicated.`)), "There"],
  ["400 another one duplicated", answered(400, refusal(`order ${other} is invalid. Duplicated.`)), "Unknown"],
  ["400 delayed", answered(400, refusal("order match delayed due to market conditions")), "Unknown"],
  ["401", answered(401, refusal("Unauthorized/Invalid api key")), "AuthFailed"],
  ["403 the edge", answered(403, page), "Refused"],
  ["404", answered(404, refusal("market not found")), "Refused"],
  ["408", answered(408, ""), "Unknown"],
  ["413", answered(413, page), "Refused"],
  ["425 a restart", answered(425, "service not ready"), "Maintenance"],
  ["429", answered(429, refusal("Too Many Requests")), "RateLimited"],
  ["429 a page", answered(429, page, { "retry-after": "7" }), "RateLimited"],
  ["499", answered(499, ""), "Unknown"],
  ["500 not inserted", answered(500, refusal("could not insert order")), "Refused"],
  ["500 timed out", answered(500, refusal("order timed out")), "Unknown"],
  ["500 not run", answered(500, refusal("could not run the execution")), "Unknown"],
  ["500 nothing to match", answered(500, refusal("there are no matching orders")), "Refused"],
  ["500 FOK", answered(500, refusal("FOK orders are filled or killed")), "Refused"],
  ["500 rounding", answered(500, refusal("the trade contains rounding issues")), "Unknown"],
  [
    "500 discrepancy",
    answered(
      500,
      refusal(
        "the price of the taker's order has a discrepancy greater than allowed with the worst maker order"
      )
    ),
    "Unknown"
  ],
  ["500 anything", answered(500, refusal("Internal server error")), "Unknown"],
  ["500 duplicated", answered(500, refusal(`order ${id} is invalid. Duplicated.`)), "There"],
  ["502 a page", answered(502, page), "Unknown"],
  [
    "503 post-only",
    answered(503, {
      error: "post-only mode: only post-only orders and cancels are allowed",
      code: "post_only_mode",
      retry_after_seconds: 42
    }),
    "Maintenance"
  ],
  [
    "503 cancel-only",
    answered(
      503,
      refusal("Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.")
    ),
    "Maintenance"
  ],
  [
    "503 disabled",
    answered(503, refusal("Trading is currently disabled. Check polymarket.com for updates")),
    "Maintenance"
  ],
  ["503 a page", answered(503, page), "Unknown"],
  ["504", answered(504, ""), "Unknown"],
  ["a redirect", answered(302, "", { location: "https://elsewhere.example" }), "Unknown"],
  ["the connection broke", { _tag: "Lost", message: "reset" }, "Unknown"],
  [
    "it never left",
    { _tag: "NotSent", reason: { _tag: "RateLimited", retryAfterMs: 5_000 }, message: "" },
    "RateLimited"
  ],
  ["the circuit was open", { _tag: "NotSent", reason: { _tag: "Unavailable" }, message: "" }, "Unavailable"]
]

describe("orderAnswer", () => {
  it.each(table)("%s", (_, sent, means) => {
    expect(meaning(sent)).toBe(means)
  })

  it("the shares of a sell are what was given", () => {
    expect(
      meaning(answered(200, good({ status: "matched", makingAmount: "5", takingAmount: "1.45" })), "SELL")
    ).toBe("Accepted matched 5000000")
  })

  it("the venue's wait is taken, within bounds", () => {
    const waits = [
      answered(429, "", { "retry-after": "7" }),
      answered(429, "", { "retry-after": "1e9" }),
      answered(503, { error: "x", code: "post_only_mode", retry_after_seconds: 42 }),
      answered(425, "service not ready", { "retry-after": "0" })
    ]
    expect(
      waits.map((sent) => {
        const answer = orderAnswer(id, "BUY", sent)
        return answer._tag === "NotTaken" && "retryAfterMs" in answer.reason
          ? answer.reason.retryAfterMs
          : undefined
      })
    ).toEqual([7_000, 10_000, 42_000, 1_000])
  })

  it("whatever a server answers – nothing throws, and only a whole acceptance of this order is one", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .constant(JSON.stringify(good({})))
        .chain((whole) => fc.nat(whole.length - 1).map((end) => whole.slice(0, end)))
    )
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), text, (status, body) => {
        expect(orderAnswer(id, "BUY", answered(status, body))._tag).not.toBe("Accepted")
      })
    )
  })
})

describe("orderAnswers", () => {
  const orders = [id, OrderId.make(other)].map((orderId) => ({ orderId, side: "BUY" as const }))

  it("each leg answers for its own order", () => {
    const legs = [good({}), { success: false, errorMsg: "invalid signature" }]
    expect(orderAnswers(orders, answered(200, legs)).map(({ _tag }) => _tag)).toEqual([
      "Accepted",
      "NotTaken"
    ])
  })

  it("a list of another length says nothing of any", () => {
    expect(orderAnswers(orders, answered(200, [good({})])).map(({ _tag }) => _tag)).toEqual([
      "Unknown",
      "Unknown"
    ])
  })

  it("a refusal of all is one of each", () => {
    expect(
      orderAnswers(orders, answered(400, refusal("Too many orders in payload: 16, max allowed: 15"))).map(
        ({ _tag }) => _tag
      )
    ).toEqual(["NotTaken", "NotTaken"])
  })
})
