/**
 * An order's id: its EIP-712 digest (eips.ethereum.org/EIPS/eip-712, docs.polymarket.com/v2-migration). The type hash and the
 * domains are computed once, and every order is encoded into the same few words.
 */
import { OrderId } from "../domain/order.ts"
import type { Address, OrderStruct } from "../domain/signed-order.ts"
import { hexOf, keccak256, makeWords, putAddress, putBytes32, putUint, putWord, WORD } from "./bytes.ts"
import type { OrderDomain } from "./contracts.ts"

export const ORDER_TYPE =
  "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"

const orderWords = makeWords(12)
putWord(orderWords, 0, keccak256(ORDER_TYPE))

/** hashStruct of the order, 32 bytes. Throws a RangeError where a field does not fit its type. */
export const orderStructHash = (order: OrderStruct): Uint8Array => {
  putUint(orderWords, 1, order.salt)
  putAddress(orderWords, 2, order.maker)
  putAddress(orderWords, 3, order.signer)
  putUint(orderWords, 4, order.tokenId)
  putUint(orderWords, 5, order.makerAmount)
  putUint(orderWords, 6, order.takerAmount)
  putUint(orderWords, 7, BigInt(order.side))
  putUint(orderWords, 8, BigInt(order.signatureType))
  putUint(orderWords, 9, order.timestamp)
  putBytes32(orderWords, 10, order.metadata)
  putBytes32(orderWords, 11, order.builder)
  return keccak256(orderWords.bytes)
}

const digestBytes = Buffer.alloc(2 + 2 * WORD)
digestBytes.set([0x19, 0x01])

/** What is signed for a struct under a domain, 32 bytes. */
export const typedDataDigest = (separator: Uint8Array, structHash: Uint8Array): Uint8Array => {
  digestBytes.set(separator, 2)
  digestBytes.set(structHash, 2 + WORD)
  return keccak256(digestBytes)
}

/** The digest of an order, 32 bytes. Throws as `orderStructHash` does. */
export const orderDigest = (domain: OrderDomain, order: OrderStruct): Uint8Array =>
  typedDataDigest(domain.separator, orderStructHash(order))

/** The id the venue gives the order: its digest as 0x and 64 hex digits. Throws as `orderStructHash` does. */
export const orderIdOf = (domain: OrderDomain, order: OrderStruct): OrderId =>
  OrderId.make(hexOf(orderDigest(domain, order)))

const SIGN_TYPE = `TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)${ORDER_TYPE}`

const signWords = makeWords(7)
putWord(signWords, 0, keccak256(SIGN_TYPE))
putWord(signWords, 2, keccak256("DepositWallet"))
putWord(signWords, 3, keccak256("1"))

/** What a deposit wallet's owner signs for an order: ERC-7739, the order's struct nested in the wallet's. */
export const walletDigest = (domain: OrderDomain, structHash: Uint8Array, wallet: Address): Uint8Array => {
  putWord(signWords, 1, structHash)
  putUint(signWords, 4, BigInt(domain.chainId))
  putAddress(signWords, 5, wallet)
  return typedDataDigest(domain.separator, keccak256(signWords.bytes))
}
