/** Orders, one or up to fifteen at once; polymarket.md §3.2. */
import { Effect, Either } from "effect"
import { formatShares, formatUsd } from "../../../domain/decimal.ts"
import type { Side } from "../../../domain/order.ts"
import type { PersistenceError } from "../../../ports/persistence.ts"
import { type OrderRequest, readOrder } from "../../../protocol/wire-order.ts"
import { INVALID_PAYLOAD } from "../../engine/texts.ts"
import type { PlaceAnswer } from "../../engine-types.ts"
import { failure, json } from "./answers.ts"
import { type Caller, actAs } from "./authentication.ts"
import { parseBody } from "./json-body.ts"
import type { Rest } from "./options.ts"
import { type Intake, preparations, takeIn } from "./order-intake.ts"
import { POST_ONLY_TEXT, orderPhaseAnswer, singleOrderAnswer } from "./phase-answers.ts"
import { type Route, post } from "./routing.ts"
import { staleBalanceFault } from "./stale-balance.ts"

const MAX_ORDERS = 15

/** An order's answer; left with the venue's words where it was refused. */
type Outcome = Either.Either<Placed, string>

interface Placed {
  readonly orderID: string
  readonly status: "live" | "matched" | "delayed"
  readonly makingAmount: string
  readonly takingAmount: string
  readonly tradeIDs?: ReadonlyArray<string>
}

/** Decimal amounts of what was given and got; empty where nothing matched. A rested order stays `live` even after a hold. */
const placedOf = ({ order }: Intake, answer: Exclude<PlaceAnswer, { readonly _tag: "Refused" }>): Placed => {
  const unmatched = { orderID: order.orderId, makingAmount: "", takingAmount: "" }
  if (answer._tag === "Held") return { ...unmatched, status: "delayed" }
  if (answer.status === "live") return { ...unmatched, status: "live" }
  const [usd, shares] = [dollars(answer.notionalMicroUsd), formatShares(answer.filledMicroShares)]
  const sides: Readonly<Record<Side, readonly [string, string]>> = { BUY: [usd, shares], SELL: [shares, usd] }
  const [makingAmount, takingAmount] = sides[order.side]
  return {
    orderID: order.orderId,
    status: "matched",
    makingAmount,
    takingAmount,
    tradeIDs: answer.tradeIds
  }
}

const dollars = (amount: Parameters<typeof formatUsd>[0]): string => formatUsd(amount).replace(/\.00$/, "")

/** Checks an order against the world as it is, and makes what it needs first. */
const prepared = (
  rest: Rest,
  caller: Caller,
  request: OrderRequest
): Effect.Effect<Either.Either<Intake, string>, PersistenceError> =>
  rest.keeper.ask((world, nowMs) => {
    const checked = Either.gen(function* () {
      const intake = yield* takeIn(world, rest.settings, caller, request)
      const fault = closedOnlyFault(rest, caller, request) ?? staleBalanceFault(world, rest, intake, nowMs)
      if (fault !== undefined) return yield* Either.left(fault)
      return { intake, operations: yield* preparations(world, rest.settings, caller, request) }
    })
    return {
      operations: Either.isRight(checked) ? checked.right.operations : [],
      answer: () => Either.map(checked, ({ intake }) => intake)
    }
  })

const closedOnlyFault = (
  { conditions }: Rest,
  { address }: Caller,
  { order }: OrderRequest
): string | undefined =>
  order.side === 0 && conditions.isClosedOnly(address)
    ? `'${order.maker}' address in closed only mode`
    : undefined

/** Sends an order to the engine. With `deferExec` the answer does not wait for the end of a hold. */
const place = (rest: Rest, caller: Caller, request: OrderRequest): Effect.Effect<Outcome, PersistenceError> =>
  Effect.gen(function* () {
    const intake = yield* prepared(rest, caller, request)
    if (Either.isLeft(intake)) return Either.left(intake.left)
    const { account, order } = intake.right
    const answer = request.deferExec
      ? (yield* rest.keeper.submit(account, order)).answer
      : yield* rest.keeper.place(account, order)
    return answer._tag === "Refused" ? Either.left(answer.text) : Either.right(placedOf(intake.right, answer))
  })

const requestOf = (body: unknown): OrderRequest | undefined => Either.getOrUndefined(readOrder(body))

const parsedBody = (body: string): unknown => Either.getOrUndefined(parseBody(body))

const accepted = (placed: Placed) => ({ errorMsg: "", ...placed, success: true })

const one = actAs((caller, { request, rest }, nowMs) => {
  const phase = rest.conditions.phase(nowMs)
  const closed = orderPhaseAnswer(phase)
  if (closed !== undefined) return Effect.succeed(closed)
  const order = requestOf(parsedBody(request.body))
  if (order === undefined) return Effect.succeed(failure(400, INVALID_PAYLOAD))
  const unwanted = singleOrderAnswer(phase, order.postOnly, nowMs)
  if (unwanted !== undefined) return Effect.succeed(unwanted)
  return Effect.map(
    place(rest, caller, order),
    Either.match({ onLeft: (text) => failure(400, text), onRight: (placed) => json(accepted(placed)) })
  )
})

const legOf = (outcome: Outcome) =>
  Either.match(outcome, {
    onLeft: (errorMsg) => ({ ...refusedLeg(errorMsg), success: false }),
    onRight: accepted
  })

const refusedLeg = (errorMsg: string) => ({
  errorMsg,
  orderID: "",
  status: "",
  makingAmount: "",
  takingAmount: "",
  success: true
})

/** Every leg has its answer, in the order of the request; they are taken in together. */
const many = actAs((caller, { request, rest }, nowMs) => {
  const phase = rest.conditions.phase(nowMs)
  const closed = orderPhaseAnswer(phase)
  if (closed !== undefined) return Effect.succeed(closed)
  const body = parsedBody(request.body)
  if (!Array.isArray(body) || body.length === 0) return Effect.succeed(failure(400, INVALID_PAYLOAD))
  if (body.length > MAX_ORDERS) {
    const text = `Too many orders in payload: ${body.length}, max allowed: ${MAX_ORDERS}`
    return Effect.succeed(failure(400, text))
  }
  const orders = body.map(requestOf).filter((order) => order !== undefined)
  if (orders.length < body.length) return Effect.succeed(failure(400, INVALID_PAYLOAD))
  return Effect.map(
    Effect.forEach(
      orders,
      (order) =>
        phase._tag === "PostOnly" && !order.postOnly
          ? Effect.succeed(refusedLeg(POST_ONLY_TEXT))
          : Effect.map(place(rest, caller, order), legOf),
      { concurrency: MAX_ORDERS }
    ),
    (legs) => json(legs)
  )
})

export const postRoutes: ReadonlyArray<Route> = [post("/order", one), post("/orders", many)]
