/**
 * Where memory, journal and venue may differ, as data, and the comparisons of positions and cash as pure functions. Nothing
 * here reads an answer that did not come as "none".
 */
import { Schema } from "effect"
import { MicroShares, MicroUsd, PriceTicks, microUsd } from "./money.ts"
import { OrderId, OrderStatus, Side } from "./order.ts"
import { TokenId, WindowSlug } from "./window.ts"

/**
 * healed: by rule, our books follow the venue · noted: none of our business, shown · pending: looked at again, may vanish ·
 * escalated: no entry in what it is about until it is gone.
 */
export const Healing = Schema.Literal("healed", "noted", "pending", "escalated")
export type Healing = typeof Healing.Type

const healing = { healing: Healing }

/** One of our orders, and what the venue says of it; the verdict is one of domain/order-verdict.ts. */
const OrderDiffers = Schema.TaggedStruct("OrderDiffers", {
  orderId: OrderId,
  slug: WindowSlug,
  tokenId: TokenId,
  cached: Schema.String,
  reported: Schema.String,
  traded: Schema.String,
  verdict: Schema.String,
  ...healing
})

/** An order that rests on the account and is not of our journal: placed by hand, or by another program. */
const ForeignOrder = Schema.TaggedStruct("ForeignOrder", {
  orderId: OrderId,
  tokenId: TokenId,
  side: Side,
  priceTicks: PriceTicks,
  openMicroShares: MicroShares,
  ...healing
})

/** An order's state in memory is not the journal's. */
const OrderNotAsStored = Schema.TaggedStruct("OrderNotAsStored", {
  orderId: OrderId,
  memory: OrderStatus,
  stored: Schema.NullOr(OrderStatus),
  ...healing
})

/** A fill that the order knows, and no position. */
const FillNotBooked = Schema.TaggedStruct("FillNotBooked", {
  orderId: OrderId,
  fillKey: Schema.String,
  slug: WindowSlug,
  ...healing
})

/** A position in memory is not the journal's. */
const PositionNotAsStored = Schema.TaggedStruct("PositionNotAsStored", {
  tokenId: TokenId,
  slug: WindowSlug,
  memoryMicroShares: MicroShares,
  storedMicroShares: MicroShares,
  ...healing
})

/** The venue holds other shares for us than our fills make. */
const PositionDiffers = Schema.TaggedStruct("PositionDiffers", {
  tokenId: TokenId,
  slug: WindowSlug,
  leastMicroShares: MicroShares,
  mostMicroShares: MicroShares,
  venueMicroShares: MicroShares,
  ...healing
})

/** Shares of an instrument in which we never traded. */
const ForeignHolding = Schema.TaggedStruct("ForeignHolding", {
  tokenId: TokenId,
  venueMicroShares: MicroShares,
  ...healing
})

/** Matched long ago, and still neither confirmed nor failed. */
const FillUnsettled = Schema.TaggedStruct("FillUnsettled", {
  tokenId: TokenId,
  slug: WindowSlug,
  ageMs: Schema.Int,
  ...healing
})

/** The venue's cash moved otherwise than our fills, fees and settlements. */
const CashDiffers = Schema.TaggedStruct("CashDiffers", {
  leastMicroUsd: MicroUsd,
  mostMicroUsd: MicroUsd,
  venueMicroUsd: MicroUsd,
  ...healing
})

export const Difference = Schema.Union(
  OrderDiffers,
  ForeignOrder,
  OrderNotAsStored,
  FillNotBooked,
  PositionNotAsStored,
  PositionDiffers,
  ForeignHolding,
  FillUnsettled,
  CashDiffers
)
export type Difference = typeof Difference.Type

/** What a difference is about: the same one found again has the same key. */
export const differenceKey = (difference: Difference): string => {
  switch (difference._tag) {
    case "OrderDiffers":
      return `${difference._tag} ${difference.orderId} ${difference.verdict}`
    case "ForeignOrder":
    case "OrderNotAsStored":
      return `${difference._tag} ${difference.orderId}`
    case "FillNotBooked":
      return `${difference._tag} ${difference.fillKey}`
    case "CashDiffers":
      return `${difference._tag} ${difference.venueMicroUsd < difference.leastMicroUsd ? "short" : "over"}`
    default:
      return `${difference._tag} ${difference.tokenId}`
  }
}

/** Shares of one instrument as our fills make them: some are under way, so that the venue may show any number between. */
export interface BookedShares {
  readonly tokenId: TokenId
  readonly slug: WindowSlug
  readonly leastMicroShares: MicroShares
  readonly mostMicroShares: MicroShares
  /** The window is over: the venue may have paid out and taken the shares already. */
  readonly ended: boolean
}

/**
 * Compares what is booked with what the venue holds. A token that is in neither list is not there at all: both lists must be
 * whole.
 */
export const comparePositions = (
  booked: ReadonlyArray<BookedShares>,
  held: ReadonlyMap<TokenId, MicroShares>
): ReadonlyArray<Difference> =>
  booked.flatMap(({ ended, leastMicroShares, mostMicroShares, slug, tokenId }) => {
    const venueMicroShares = held.get(tokenId) ?? MicroShares.make(0)
    const isShort = !ended && venueMicroShares < leastMicroShares
    return isShort || venueMicroShares > mostMicroShares
      ? [
          {
            _tag: "PositionDiffers" as const,
            tokenId,
            slug,
            leastMicroShares,
            mostMicroShares,
            venueMicroShares,
            healing: "pending" as const
          }
        ]
      : []
  })

/** A moment at which the venue's cash and our books were compared and agreed, or the first one. */
export const CashMark = Schema.Struct({
  atMs: Schema.Int,
  cashMicroUsd: MicroUsd,
  /** Realized profit, less fees, less the cost of what is held, in our books at that moment. */
  bookedMicroUsd: MicroUsd,
  /** What settled shares that the venue still lists are worth: in our books paid, there not redeemed yet. */
  unredeemedMicroUsd: MicroUsd
})
export type CashMark = typeof CashMark.Type

/** What may make the venue's cash run ahead of our books or behind them, without a difference. */
export interface CashSlack {
  /** Buys that are matched and not final, and payouts of ended windows that our books do not have yet. */
  readonly moreMicroUsd: number
  /** Sells that are matched and not final. */
  readonly lessMicroUsd: number
}

/** The least and the most cash that our books explain, from the mark on. */
export const explainedCash = (
  mark: CashMark,
  bookedMicroUsd: MicroUsd,
  unredeemedMicroUsd: MicroUsd,
  slack: CashSlack
): { readonly leastMicroUsd: MicroUsd; readonly mostMicroUsd: MicroUsd } => {
  const expected =
    mark.cashMicroUsd +
    (bookedMicroUsd - mark.bookedMicroUsd) -
    (unredeemedMicroUsd - mark.unredeemedMicroUsd)
  return {
    leastMicroUsd: microUsd(expected - slack.lessMicroUsd),
    mostMicroUsd: microUsd(expected + slack.moreMicroUsd)
  }
}
