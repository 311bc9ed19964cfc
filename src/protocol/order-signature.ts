/**
 * Signatures of orders. Accounts, proxies and Safes: the owner's ECDSA signature of the order's digest. A deposit wallet
 * (type 3): the owner's signature of the order nested in the wallet's own struct, with all that the wallet needs to check it
 * (ERC-7739; docs.polymarket.com/trading/place-orders).
 */
import { Either } from "effect"
import type { Address, Hex, OrderStruct } from "../domain/signed-order.ts"
import { WORD, bytesOf, hexOf } from "./bytes.ts"
import type { OrderDomain } from "./contracts.ts"
import { ORDER_TYPE, orderStructHash, typedDataDigest, walletDigest } from "./order-hash.ts"
import {
  ECDSA_BYTES,
  type SignatureInvalid,
  invalid,
  recoverDigest,
  recoverHex,
  signDigest,
  signHex
} from "./signatures.ts"

/** The signature type of a deposit wallet. */
export const DEPOSIT_WALLET = 3

/** The order's type in words, and its length in two bytes. */
const TAIL = Buffer.concat([Buffer.from(ORDER_TYPE, "latin1"), Buffer.from([0, ORDER_TYPE.length])])
const SEPARATOR_AT = ECDSA_BYTES
const CONTENTS_AT = SEPARATOR_AT + WORD
const TAIL_AT = CONTENTS_AT + WORD
const WALLET_SIGNATURE_BYTES = TAIL_AT + TAIL.length

const signForWallet = (privateKey: Uint8Array, domain: OrderDomain, order: OrderStruct): Hex => {
  const structHash = orderStructHash(order)
  const bytes = Buffer.alloc(WALLET_SIGNATURE_BYTES)
  bytes.set(signDigest(privateKey, walletDigest(domain, structHash, order.signer)))
  bytes.set(domain.separator, SEPARATOR_AT)
  bytes.set(structHash, CONTENTS_AT)
  bytes.set(TAIL, TAIL_AT)
  return hexOf(bytes)
}

/** Signs an order as its signature type wants it. Throws a RangeError where a field of the order does not fit its type. */
export const signOrder = (privateKey: Uint8Array, domain: OrderDomain, order: OrderStruct): Hex =>
  order.signatureType === DEPOSIT_WALLET
    ? signForWallet(privateKey, domain, order)
    : signHex(privateKey, typedDataDigest(domain.separator, orderStructHash(order)))

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const ownerOfWallet = (
  domain: OrderDomain,
  order: OrderStruct,
  signature: string
): Either.Either<Address, SignatureInvalid> => {
  const bytes = signature.length === 2 + 2 * WALLET_SIGNATURE_BYTES ? bytesOf(signature) : undefined
  if (bytes === undefined) {
    return invalid(`a deposit wallet's signature is 0x and ${2 * WALLET_SIGNATURE_BYTES} hex digits`)
  }
  const structHash = orderStructHash(order)
  if (!same(bytes.subarray(SEPARATOR_AT, CONTENTS_AT), domain.separator)) {
    return invalid("the signature is for another exchange")
  }
  if (!same(bytes.subarray(CONTENTS_AT, TAIL_AT), structHash))
    return invalid("the signature is of another order")
  if (!same(bytes.subarray(TAIL_AT), TAIL)) return invalid("the signature is of another type of order")
  return recoverDigest(walletDigest(domain, structHash, order.signer), bytes.subarray(0, ECDSA_BYTES))
}

/**
 * The account that signed the order. For types 0 to 2 it must be the order's signer; for type 3 it must own the wallet that
 * the order names as its signer, which only a list of wallets can tell. Throws as `signOrder` does.
 */
export const recoverOrder = (
  domain: OrderDomain,
  order: OrderStruct,
  signature: string
): Either.Either<Address, SignatureInvalid> =>
  order.signatureType === DEPOSIT_WALLET
    ? ownerOfWallet(domain, order, signature)
    : recoverHex(typedDataDigest(domain.separator, orderStructHash(order)), signature)
