/** An order on the wire: the body of POST /order, read strictly and written byte for byte as the official client writes it. */
import { Either, ParseResult, Schema } from "effect"
import { OrderType, Side } from "../domain/order.ts"
import { type Address, type Hex, type OrderStruct, SignatureType } from "../domain/signed-order.ts"

const MAX_UINT256 = 2n ** 256n - 1n
/** 2^256 has 78 digits. */
const Uint256Text = Schema.String.pipe(
  Schema.filter((text) => /^(0|[1-9]\d{0,77})$/.test(text) && BigInt(text) <= MAX_UINT256, {
    message: () => "expected a whole number below 2^256 in digits"
  })
)

const hexOfBytes = (bytes: number) =>
  Schema.String.pipe(
    Schema.filter((text): text is Hex => text.length === 2 + 2 * bytes && /^0x[0-9a-fA-F]+$/.test(text), {
      message: () => `expected 0x and ${2 * bytes} hex digits`
    })
  )
const AddressText = hexOfBytes(20)
const Bytes32Text = hexOfBytes(32)

/** No signature of any type is longer; what fits its own type is checked with the signature. */
const MAX_SIGNATURE_CHARS = 1_024
const SignatureText = Schema.String.pipe(
  Schema.maxLength(MAX_SIGNATURE_CHARS),
  Schema.filter((text): text is Hex => /^0x[0-9a-fA-F]*$/.test(text), { message: () => "expected hex" })
)

/** Unix seconds in digits; "0" for none. */
const ExpirationText = Schema.String.pipe(
  Schema.pattern(/^(0|[1-9]\d{0,11})$/, { message: () => "expected Unix seconds in digits, 0 for none" })
)

const WireOrder = Schema.Struct({
  salt: Schema.Int.pipe(Schema.between(0, Number.MAX_SAFE_INTEGER)),
  maker: AddressText,
  signer: AddressText,
  tokenId: Uint256Text,
  makerAmount: Uint256Text,
  takerAmount: Uint256Text,
  side: Side,
  signatureType: SignatureType,
  timestamp: Uint256Text,
  expiration: Schema.optionalWith(ExpirationText, { default: () => "0" }),
  metadata: Bytes32Text,
  builder: Bytes32Text,
  signature: SignatureText
})

const PostOrder = Schema.Struct({
  deferExec: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  postOnly: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  order: WireOrder,
  /** The API key whose orders this is among. */
  owner: Schema.String.pipe(Schema.maxLength(256)),
  orderType: OrderType
})

/** All that POST /order says: the signed order, and what is not signed. */
export interface OrderRequest {
  readonly order: OrderStruct
  readonly signature: Hex
  /** The API key. */
  readonly owner: string
  readonly orderType: OrderType
  readonly postOnly: boolean
  readonly deferExec: boolean
  /** Stated expiry of a GTD order, Unix seconds; 0 for none. */
  readonly expirationS: number
}

/** The part of a request that is signed, with its signature and its stated expiry. */
export type SignedOrder = Pick<OrderRequest, "order" | "signature" | "expirationS">

/** As an object whose keys stand in the official client's order, so that its JSON is the official client's text. */
const wireOrder = ({ expirationS, order, signature }: SignedOrder) => ({
  salt: Number(order.salt),
  maker: order.maker,
  signer: order.signer,
  tokenId: String(order.tokenId),
  makerAmount: String(order.makerAmount),
  takerAmount: String(order.takerAmount),
  side: order.side === 0 ? "BUY" : "SELL",
  signatureType: order.signatureType,
  timestamp: String(order.timestamp),
  expiration: String(expirationS),
  metadata: order.metadata,
  builder: order.builder,
  signature
})

const wireForm = (request: OrderRequest): unknown => ({
  deferExec: request.deferExec,
  postOnly: request.postOnly,
  order: wireOrder(request),
  owner: request.owner,
  orderType: request.orderType
})

/** The signed order alone, byte for byte as it stands in the body of its request. */
export const signedOrderText = (signed: SignedOrder): string => JSON.stringify(wireOrder(signed))

/** The body of POST /order. */
export const orderBody = (request: OrderRequest): string => JSON.stringify(wireForm(request))

/** The body of POST /orders, which takes up to 15. */
export const ordersBody = (requests: ReadonlyArray<OrderRequest>): string =>
  JSON.stringify(requests.map(wireForm))

const signedOf = (order: typeof WireOrder.Type): SignedOrder => ({
  order: {
    salt: BigInt(order.salt),
    maker: order.maker satisfies Address,
    signer: order.signer,
    tokenId: BigInt(order.tokenId),
    makerAmount: BigInt(order.makerAmount),
    takerAmount: BigInt(order.takerAmount),
    side: order.side === "BUY" ? 0 : 1,
    signatureType: order.signatureType,
    timestamp: BigInt(order.timestamp),
    metadata: order.metadata,
    builder: order.builder
  },
  signature: order.signature,
  expirationS: Number(order.expiration)
})

const decodeSignedOrder = Schema.decodeUnknownEither(Schema.parseJson(WireOrder))

/** Reads the text of {@link signedOrderText}; the error's message names the field. */
export const readSignedOrder = (text: string): Either.Either<SignedOrder, ParseResult.ParseError> =>
  Either.map(decodeSignedOrder(text), signedOf)

const decodePostOrder = Schema.decodeUnknownEither(PostOrder)

/** Reads one order out of parsed JSON; the error's message names the field. Unknown fields are ignored. */
export const readOrder = (json: unknown): Either.Either<OrderRequest, ParseResult.ParseError> =>
  Either.map(decodePostOrder(json), ({ order, ...rest }) => ({
    ...signedOf(order),
    owner: rest.owner,
    orderType: rest.orderType,
    postOnly: rest.postOnly,
    deferExec: rest.deferExec
  }))
