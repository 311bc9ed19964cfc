/** An order as the venue's contracts know it, and for which contract it is signed. */
import { Schema } from "effect"

/** Bytes as text: 0x and two digits a byte. */
export type Hex = `0x${string}`
/** An account or a contract: 0x and 40 hex digits. */
export type Address = `0x${string}`

/** Polygon, and its test network Amoy. */
export const ChainId = Schema.Literal(137, 80002)
export type ChainId = typeof ChainId.Type

/**
 * The exchange an instrument trades on (docs.polymarket.com/resources/contracts): the CTF exchange V2, the same for
 * negative-risk markets, and the V3 of position-id instruments.
 */
export type ExchangeKind = "v2" | "v2-neg-risk" | "v3"

/** The contract a signature is good for. */
export interface SigningTarget {
  readonly chainId: ChainId
  readonly exchange: ExchangeKind
}

/**
 * Who holds the funds and how the signature proves it: 0 a plain account that signs for itself, 1 a proxy and 2 a Safe
 * whose owner signs, 3 a deposit wallet that checks the signature itself (docs.polymarket.com/trading/place-orders).
 */
export const SignatureType = Schema.Literal(0, 1, 2, 3)
export type SignatureType = typeof SignatureType.Type

/** Whose orders they are. */
export interface OrderAccount {
  /** Who holds the funds. */
  readonly maker: Address
  /** Who signs; for signature type 3 the maker itself. */
  readonly signer: Address
  readonly signatureType: SignatureType
}

/** An account that holds its own funds and signs for itself. */
export const plainAccount = (address: Address): OrderAccount => ({
  maker: address,
  signer: address,
  signatureType: 0
})

/** The signed fields of an order of CLOB V2. Expiry and order type are not among them. */
export interface OrderStruct extends OrderAccount {
  /** At most 2^53 − 1, for the wire carries it as a number. */
  readonly salt: bigint
  readonly tokenId: bigint
  /** Millionths of a dollar or of a share: what is given, and what is wanted for it. */
  readonly makerAmount: bigint
  readonly takerAmount: bigint
  /** 0 buys, 1 sells. */
  readonly side: 0 | 1
  /** Unix milliseconds. */
  readonly timestamp: bigint
  /** 32 bytes each; all zero where there is none. */
  readonly metadata: Hex
  readonly builder: Hex
}

/** No metadata, no builder. */
export const ZERO_BYTES32: Hex = `0x${"0".repeat(64)}`
