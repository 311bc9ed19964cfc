/** Accounts: from a public key, with the checksum of EIP-55, and compared whatever their case. */
import type { Address } from "../domain/signed-order.ts"
import { keccak256 } from "./bytes.ts"

const plain = /^0x[0-9a-f]{40}$/i

/** Spells an address with its checksum in the case of its letters, as the venue and its clients write it. */
const withChecksum = (digits: string): Address => {
  const hash = keccak256(digits)
  const spelt = Array.from(digits, (digit, index) => {
    const byte = hash[index >> 1] ?? 0
    const nibble = index % 2 === 0 ? byte >> 4 : byte & 15
    return nibble >= 8 ? digit.toUpperCase() : digit
  })
  return `0x${spelt.join("")}`
}

/** The account of a public key of 65 bytes. */
export const addressOf = (publicKey: Uint8Array): Address =>
  withChecksum(Buffer.from(keccak256(publicKey.subarray(1)).subarray(12)).toString("hex"))

/** The address with its checksum; undefined for what is not 0x and 40 hex digits. A checksum that is wrong is put right. */
export const parseAddress = (text: string): Address | undefined =>
  plain.test(text) ? withChecksum(text.slice(2).toLowerCase()) : undefined

/** Is this an address as it may be written: all in lower case, or with the right checksum? */
export const isAddress = (text: string): text is Address =>
  plain.test(text) && (text.toLowerCase() === text || parseAddress(text) === text)

export const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
