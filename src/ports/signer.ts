/** Who signs: the one place that holds the private key, or asks somebody else who does. */
import { Context, type Effect, Schema } from "effect"
import type {
  Address,
  ChainId,
  Hex,
  OrderAccount,
  OrderStruct,
  SigningTarget
} from "../domain/signed-order.ts"
import { failureFields } from "./failure.ts"

/** The signer could not sign: it cannot be reached, it refused, or what it was given cannot be signed. */
export class SignerError extends Schema.TaggedError<SignerError>()("SignerError", failureFields) {}

export class Signer extends Context.Tag("tradewind/Signer")<
  Signer,
  {
    /** The key's own account: API keys belong to it. */
    readonly address: Address
    /** Whose orders it signs; another account than its own where a proxy, a Safe or a deposit wallet holds the funds. */
    readonly account: OrderAccount
    /** The order's signature, as its signature type wants it. */
    readonly signOrder: (target: SigningTarget, order: OrderStruct) => Effect.Effect<Hex, SignerError>
    /** The signature that makes or reads an API key. */
    readonly signClobAuth: (request: {
      readonly chainId: ChainId
      /** Unix seconds, in digits. */
      readonly timestamp: string
      readonly nonce: bigint
    }) => Effect.Effect<Hex, SignerError>
  }
>() {}
