/** The venue's exchanges, and their EIP-712 domains (docs.polymarket.com/resources/contracts). */
import type { Address, ChainId, ExchangeKind, SigningTarget } from "../domain/signed-order.ts"
import { keccak256, makeWords, putAddress, putUint, putWord } from "./bytes.ts"

/** An EIP-712 domain, hashed once. */
export interface OrderDomain {
  readonly chainId: number
  readonly verifyingContract: Address
  /** 32 bytes. */
  readonly separator: Uint8Array
}

const DOMAIN_TYPE = keccak256(
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
const EXCHANGE_NAME = keccak256("Polymarket CTF Exchange")

/** The domain of an exchange of any generation; `orderDomain` has those that trade. */
export const makeOrderDomain = (
  version: string,
  chainId: number,
  verifyingContract: Address
): OrderDomain => {
  const words = makeWords(5)
  putWord(words, 0, DOMAIN_TYPE)
  putWord(words, 1, EXCHANGE_NAME)
  putWord(words, 2, keccak256(version))
  putUint(words, 3, BigInt(chainId))
  putAddress(words, 4, verifyingContract)
  return { chainId, verifyingContract, separator: keccak256(words.bytes) }
}

const EXCHANGE_V2: Address = "0xE111180000d2663C0091e4f400237545B87B996B"
const NEG_RISK_EXCHANGE_V2: Address = "0xe2222d279d744050d28e00520010520000310F59"

const DOMAINS: Readonly<Record<ChainId, Readonly<Record<ExchangeKind, OrderDomain>>>> = {
  137: {
    v2: makeOrderDomain("2", 137, EXCHANGE_V2),
    "v2-neg-risk": makeOrderDomain("2", 137, NEG_RISK_EXCHANGE_V2),
    v3: makeOrderDomain("3", 137, "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa")
  },
  80002: {
    v2: makeOrderDomain("2", 80002, EXCHANGE_V2),
    "v2-neg-risk": makeOrderDomain("2", 80002, NEG_RISK_EXCHANGE_V2),
    v3: makeOrderDomain("3", 80002, "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D")
  }
}

/** The domain that orders for this exchange are signed under. */
export const orderDomain = ({ chainId, exchange }: SigningTarget): OrderDomain => DOMAINS[chainId][exchange]
