/** Signatures of digests: made, and traced back to the account that made them. */
import { Either, Schema } from "effect"
import { isPrivate, pointFromScalar, recover, signRecoverable } from "tiny-secp256k1"
import type { Address, Hex } from "../domain/signed-order.ts"
import { addressOf } from "./address.ts"
import { WORD, bytesOf, hexOf } from "./bytes.ts"

/** A signature that proves nothing; the message says why. */
export class SignatureInvalid extends Schema.TaggedError<SignatureInvalid>()("SignatureInvalid", {
  message: Schema.String
}) {}

/** r, s and one byte that tells which of the possible keys signed. */
export const ECDSA_BYTES = 65

export const invalid = (message: string): Either.Either<never, SignatureInvalid> =>
  Either.left(new SignatureInvalid({ message }))

/** Is this a private key: 32 bytes, from 1 to the order of the curve less 1? */
export const isPrivateKey = (key: Uint8Array): boolean => key.length === WORD && isPrivate(key)

/** The account of a private key, which must be one. */
export const accountOf = (privateKey: Uint8Array): Address => {
  const publicKey = isPrivateKey(privateKey) ? pointFromScalar(privateKey, false) : null
  if (publicKey === null)
    throw new RangeError("not a private key: 32 bytes within the curve's order are needed")
  return addressOf(publicKey)
}

/** Signs a digest with a private key: the nonce is RFC 6979's, so the same two give the same 65 bytes, s is low, v is 27 or 28. */
export const signDigest = (privateKey: Uint8Array, digest: Uint8Array): Uint8Array => {
  const { recoveryId, signature } = signRecoverable(digest, privateKey)
  const bytes = new Uint8Array(ECDSA_BYTES)
  bytes.set(signature)
  bytes[64] = 27 + recoveryId
  return bytes
}

/** Half the order of secp256k1: of the two s that verify, contracts take the lower one only (EIP-2). */
const HALF_ORDER = Buffer.from("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "hex")

/** The account that signed the digest; what a contract would refuse (v not 27 or 28, s in the upper half) is refused. */
export const recoverDigest = (
  digest: Uint8Array,
  signature: Uint8Array
): Either.Either<Address, SignatureInvalid> => {
  if (digest.length !== WORD) return invalid(`a digest has 32 bytes, this one ${digest.length}`)
  if (signature.length !== ECDSA_BYTES) {
    return invalid(`an ECDSA signature has ${ECDSA_BYTES} bytes, this one ${signature.length}`)
  }
  const v = signature[64]
  if (v !== 27 && v !== 28) return invalid(`the last byte of a signature is 27 or 28, this one's is ${v}`)
  if (Buffer.compare(signature.subarray(WORD, 64), HALF_ORDER) > 0) {
    return invalid("s is in the upper half of the curve's order")
  }
  try {
    const publicKey = recover(digest, signature.subarray(0, 64), v === 27 ? 0 : 1, false)
    return publicKey === null ? invalid("no key signed this") : Either.right(addressOf(publicKey))
  } catch {
    return invalid("r or s is not within the curve's order")
  }
}

/** As `recoverDigest`, of a signature in hex. */
export const recoverHex = (
  digest: Uint8Array,
  signature: string
): Either.Either<Address, SignatureInvalid> => {
  const bytes = signature.length === 2 + 2 * ECDSA_BYTES ? bytesOf(signature) : undefined
  return bytes === undefined
    ? invalid(`an ECDSA signature is 0x and ${2 * ECDSA_BYTES} hex digits`)
    : recoverDigest(digest, bytes)
}

/** The signature of a digest in hex. */
export const signHex = (privateKey: Uint8Array, digest: Uint8Array): Hex =>
  hexOf(signDigest(privateKey, digest))
