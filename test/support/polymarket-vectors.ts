/** Known answers of the venue's protocol, where the shared folder is at hand; the project runs its tests without it too. */
import { existsSync, readFileSync } from "node:fs"
import { Schema } from "effect"

const file = new URL("../../../shared/vectors/polymarket-vectors.json", import.meta.url)

const FeeCase = Schema.Struct({
  kind: Schema.String,
  shares: Schema.optional(Schema.Number),
  notionalUsd: Schema.optional(Schema.Number),
  price: Schema.Number,
  rate: Schema.Number,
  exponent: Schema.Literal(1, 2),
  fee: Schema.optional(Schema.Number),
  exact: Schema.optional(Schema.Number)
})

const OrderCase = Schema.Struct({
  chainId: Schema.Number,
  verifyingContract: Schema.TemplateLiteral("0x", Schema.String),
  order: Schema.Struct({
    salt: Schema.String,
    maker: Schema.TemplateLiteral("0x", Schema.String),
    signer: Schema.TemplateLiteral("0x", Schema.String),
    tokenId: Schema.String,
    makerAmount: Schema.String,
    takerAmount: Schema.String,
    side: Schema.Literal("BUY", "SELL"),
    signatureType: Schema.Number,
    timestamp: Schema.String,
    metadata: Schema.TemplateLiteral("0x", Schema.String),
    builder: Schema.TemplateLiteral("0x", Schema.String)
  }),
  orderHash: Schema.String
})

const AmountCase = Schema.Struct({
  side: Schema.Literal("BUY", "SELL"),
  price: Schema.String,
  size: Schema.String,
  makerAmount: Schema.String,
  takerAmount: Schema.String
})

const MarketAmountCase = Schema.Struct({
  tickSize: Schema.String,
  side: Schema.Literal("BUY", "SELL"),
  price: Schema.String,
  amount: Schema.String,
  makerAmount: Schema.String,
  takerAmount: Schema.String
})

const SeparatorCase = Schema.Struct({
  version: Schema.String,
  chainId: Schema.Number,
  verifyingContract: Schema.optional(Schema.NullOr(Schema.String)),
  hash: Schema.String
})

const Vectors = Schema.Struct({
  fees: Schema.Struct({ cases: Schema.Array(FeeCase) }),
  orders_v2: Schema.Struct({ cases: Schema.Array(OrderCase) }),
  limit_order_amounts: Schema.Struct({ cases: Schema.Array(AmountCase) }),
  market_order_amounts: Schema.Struct({ cases: Schema.Array(MarketAmountCase) }),
  eip712_domain_separators: Schema.Array(SeparatorCase)
})

/** The vectors, or undefined where `../shared` is absent. */
export const vectors: typeof Vectors.Type | undefined = existsSync(file)
  ? Schema.decodeUnknownSync(Schema.parseJson(Vectors))(readFileSync(file, "utf8"))
  : undefined

/** For test names: says why vector tests are skipped. */
export const unlessAbsent = vectors === undefined ? " (skipped: ../shared/vectors is absent)" : ""
