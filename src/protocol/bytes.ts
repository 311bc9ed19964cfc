/** Words of 32 bytes, as Ethereum's encodings are made of, and the hash over them. */
import { createKeccak } from "hash-wasm"
import type { Address, Hex } from "../domain/signed-order.ts"

/** Bytes in a word. */
export const WORD = 32

/** Compiled once; from here on hashing is synchronous, and each hash begins and ends in one call. */
const hasher = await createKeccak(256)

/** Keccak-256 of bytes, or of a text's UTF-8. */
export const keccak256 = (data: Uint8Array | string): Uint8Array =>
  hasher.init().update(data).digest("binary")

/** Zeroed words side by side, with writers for what Ethereum puts into them. */
export interface Words {
  readonly bytes: Buffer
  readonly view: DataView
}

export const makeWords = (count: number): Words => {
  const bytes = Buffer.alloc(count * WORD)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
}

const MAX_UINT64 = 0xffff_ffff_ffff_ffffn
const MAX_UINT256 = 2n ** 256n - 1n

/** Throws a RangeError where the value is no uint256: wrapped around, it would stand for another order. */
export const putUint = ({ view }: Words, word: number, value: bigint): void => {
  const at = word * WORD
  if (value < 0n || value > MAX_UINT256) throw new RangeError(`${value} is no uint256`)
  if (value <= MAX_UINT64) {
    view.setBigUint64(at, 0n)
    view.setBigUint64(at + 8, 0n)
    view.setBigUint64(at + 16, 0n)
  } else {
    view.setBigUint64(at, value >> 192n)
    view.setBigUint64(at + 8, (value >> 128n) & MAX_UINT64)
    view.setBigUint64(at + 16, (value >> 64n) & MAX_UINT64)
  }
  view.setBigUint64(at + 24, value & MAX_UINT64)
}

const putHex = (bytes: Buffer, at: number, hex: Hex, size: number): void => {
  const written = hex.length === 2 + 2 * size ? bytes.write(hex.slice(2), at, size, "hex") : 0
  if (written !== size || !hex.startsWith("0x")) {
    throw new RangeError(`expected 0x and ${2 * size} hex digits`)
  }
}

/** Throws a RangeError for what is not 0x and 40 hex digits. */
export const putAddress = ({ bytes }: Words, word: number, address: Address): void =>
  putHex(bytes, word * WORD + 12, address, 20)

/** Throws a RangeError for what is not 0x and 64 hex digits. */
export const putBytes32 = ({ bytes }: Words, word: number, hex: Hex): void =>
  putHex(bytes, word * WORD, hex, WORD)

export const putWord = ({ bytes }: Words, word: number, value: Uint8Array): void =>
  bytes.set(value, word * WORD)

export const hexOf = (bytes: Uint8Array): Hex =>
  `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`

const hexText = /^0x(?:[0-9a-f]{2})*$/i

/** The bytes of a hex text; undefined where it is none. */
export const bytesOf = (hex: string): Uint8Array | undefined =>
  hexText.test(hex) ? Buffer.from(hex.slice(2), "hex") : undefined
