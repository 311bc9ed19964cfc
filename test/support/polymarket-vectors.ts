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

const AfterFeesCase = Schema.Struct({
  amount: Schema.Number,
  price: Schema.Number,
  balance: Schema.Number,
  rate: Schema.Number,
  exponent: Schema.Literal(0, 1, 2),
  builderTakerRate: Schema.Number,
  adjusted: Schema.Number
})

const OrderCase = Schema.Struct({
  chainId: Schema.Literal(137, 80002),
  domainVersion: Schema.String,
  verifyingContract: Schema.TemplateLiteral("0x", Schema.String),
  order: Schema.Struct({
    salt: Schema.String,
    maker: Schema.TemplateLiteral("0x", Schema.String),
    signer: Schema.TemplateLiteral("0x", Schema.String),
    tokenId: Schema.String,
    makerAmount: Schema.String,
    takerAmount: Schema.String,
    side: Schema.Literal("BUY", "SELL"),
    signatureType: Schema.Literal(0, 1, 2, 3),
    timestamp: Schema.String,
    metadata: Schema.TemplateLiteral("0x", Schema.String),
    builder: Schema.TemplateLiteral("0x", Schema.String)
  }),
  orderHash: Schema.String,
  signature: Schema.optional(Schema.String)
})

const AmountCase = Schema.Struct({
  tickSize: Schema.String,
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

const WalkCase = Schema.Struct({
  side: Schema.Literal("BUY", "SELL"),
  orderType: Schema.Literal("FOK", "FAK"),
  amount: Schema.String,
  /** Best last. */
  levels: Schema.Array(Schema.Struct({ price: Schema.String, size: Schema.String })),
  price: Schema.optional(Schema.String),
  throws: Schema.optional(Schema.String)
})

const L1Case = Schema.Struct({
  address: Schema.TemplateLiteral("0x", Schema.String),
  chainId: Schema.Literal(137, 80002),
  timestamp: Schema.String,
  nonce: Schema.Number,
  signature: Schema.String
})

const L2Case = Schema.Struct({
  secret: Schema.String,
  timestamp: Schema.String,
  method: Schema.String,
  requestPath: Schema.String,
  body: Schema.NullOr(Schema.String),
  signature: Schema.String
})

const WireRequests = Schema.Struct({
  creds: Schema.Struct({ key: Schema.String, secret: Schema.String, passphrase: Schema.String }),
  dateNow: Schema.Number,
  requests: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      method: Schema.String,
      path: Schema.String,
      headers: Schema.Record({ key: Schema.String, value: Schema.String }),
      body: Schema.String
    })
  )
})

const SeparatorCase = Schema.Struct({
  name: Schema.String,
  version: Schema.String,
  chainId: Schema.Number,
  verifyingContract: Schema.optional(Schema.NullOr(Schema.TemplateLiteral("0x", Schema.String))),
  negRisk: Schema.optional(Schema.NullOr(Schema.Boolean)),
  hash: Schema.String
})

const Vectors = Schema.Struct({
  accounts: Schema.NonEmptyArray(Schema.Struct({ privateKey: Schema.String, address: Schema.String })),
  l1_auth: Schema.Struct({ cases: Schema.Array(L1Case) }),
  l2_hmac: Schema.Struct({ cases: Schema.Array(L2Case) }),
  eip712_type_hashes: Schema.Array(
    Schema.Struct({ name: Schema.String, typeString: Schema.String, hash: Schema.String })
  ),
  book_hash: Schema.Struct({
    cases: Schema.Array(Schema.Struct({ hashedString: Schema.String, hash: Schema.String }))
  }),
  market_price_walk: Schema.Struct({ cases: Schema.Array(WalkCase) }),
  wire_requests: WireRequests,
  fees: Schema.Struct({
    cases: Schema.Array(FeeCase),
    adjustBuyAmountForFees: Schema.Array(AfterFeesCase)
  }),
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

/** For test names: how many known answers of a section there are, or that they are not at hand. */
export const known = (cases: ReadonlyArray<unknown> | undefined): string =>
  cases === undefined
    ? "no known answers at hand (skipped: ../shared/vectors is absent)"
    : `${cases.length} known answers`
