/** Level 1: the wallet itself vouches for a request, to make or to read API keys (docs.polymarket.com/getting-started/api). */
import { Either } from "effect"
import type { Address, ChainId, Hex } from "../domain/signed-order.ts"
import { keccak256, makeWords, putAddress, putUint, putWord } from "./bytes.ts"
import { typedDataDigest } from "./order-hash.ts"
import { type SignatureInvalid, recoverHex } from "./signatures.ts"

/** What the wallet signs. */
export interface ClobAuth {
  readonly chainId: ChainId
  readonly address: Address
  /** Unix seconds, in digits. */
  readonly timestamp: string
  /** Which of the wallet's keys is meant; 0 unless several are wanted. */
  readonly nonce: bigint
}

const separatorOf = (chainId: ChainId): Uint8Array => {
  const words = makeWords(4)
  putWord(words, 0, keccak256("EIP712Domain(string name,string version,uint256 chainId)"))
  putWord(words, 1, keccak256("ClobAuthDomain"))
  putWord(words, 2, keccak256("1"))
  putUint(words, 3, BigInt(chainId))
  return keccak256(words.bytes)
}

/** Without a contract: no contract ever sees these. */
export const CLOB_AUTH_SEPARATORS: Readonly<Record<ChainId, Uint8Array>> = {
  137: separatorOf(137),
  80002: separatorOf(80002)
}

const words = makeWords(5)
putWord(words, 0, keccak256("ClobAuth(address address,string timestamp,uint256 nonce,string message)"))
putWord(words, 4, keccak256("This message attests that I control the given wallet"))

/** The digest to sign, 32 bytes. Throws a RangeError where the address or the nonce does not fit its type. */
export const clobAuthDigest = ({ address, chainId, nonce, timestamp }: ClobAuth): Uint8Array => {
  putAddress(words, 1, address)
  putWord(words, 2, keccak256(timestamp))
  putUint(words, 3, nonce)
  return typedDataDigest(CLOB_AUTH_SEPARATORS[chainId], keccak256(words.bytes))
}

/** The wallet that signed; it must be the one that the request names. Throws as `clobAuthDigest` does. */
export const recoverClobAuth = (
  auth: ClobAuth,
  signature: string
): Either.Either<Address, SignatureInvalid> => recoverHex(clobAuthDigest(auth), signature)

/** The headers of a request, in the order the official client sends them. */
export const l1Headers = (
  auth: ClobAuth,
  signature: Hex
): Readonly<Record<"POLY_ADDRESS" | "POLY_SIGNATURE" | "POLY_TIMESTAMP" | "POLY_NONCE", string>> => ({
  POLY_ADDRESS: auth.address,
  POLY_SIGNATURE: signature,
  POLY_TIMESTAMP: auth.timestamp,
  POLY_NONCE: String(auth.nonce)
})
