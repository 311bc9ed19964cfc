/** Signs in this process: the key is a closure's, and gone with its scope. */
import { Effect, Layer, Redacted } from "effect"
import type { Hex } from "../../../domain/signed-order.ts"
import { Signer, SignerError } from "../../../ports/signer.ts"
import { orderDomain } from "../../../protocol/contracts.ts"
import { clobAuthDigest } from "../../../protocol/l1.ts"
import { signOrder } from "../../../protocol/order-signature.ts"
import { signHex } from "../../../protocol/signatures.ts"
import type { Credentials } from "./credentials.ts"

const failure = (operation: string, message: string, cause?: unknown): SignerError =>
  new SignerError({ module: "polymarket", operation, message, cause })

/** The bytes of a key, until the scope ends: then they are zeros. */
const makeKey = (privateKey: Credentials["privateKey"]) =>
  Effect.acquireRelease(
    Effect.sync(() => ({ bytes: Buffer.from(Redacted.value(privateKey), "hex"), gone: false })),
    (key) =>
      Effect.sync(() => {
        key.bytes.fill(0)
        key.gone = true
      })
  )

const make = ({ account, address, privateKey }: Pick<Credentials, "account" | "address" | "privateKey">) =>
  Effect.gen(function* () {
    const key = yield* makeKey(privateKey)
    const signing = (operation: string, sign: (bytes: Buffer) => Hex): Effect.Effect<Hex, SignerError> =>
      Effect.suspend(() =>
        key.gone
          ? Effect.fail(failure(operation, "the signer is closed: its key is gone"))
          : Effect.try({
              try: () => sign(key.bytes),
              catch: (cause) => failure(operation, "what is to be signed does not fit its type", cause)
            })
      )
    return Signer.of({
      address,
      account,
      signOrder: (target, order) =>
        order.maker === account.maker &&
        order.signer === account.signer &&
        order.signatureType === account.signatureType
          ? signing("signOrder", (bytes) => signOrder(bytes, orderDomain(target), order))
          : Effect.fail(
              failure(
                "signOrder",
                `the order is ${order.maker}'s, signed by ${order.signer} (type ${order.signatureType}); this key signs for ${account.maker} by ${account.signer} (type ${account.signatureType})`
              )
            ),
      signClobAuth: (request) =>
        signing("signClobAuth", (bytes) => signHex(bytes, clobAuthDigest({ ...request, address })))
    })
  })

/** The signer of these credentials. */
export const localSigner = (
  credentials: Pick<Credentials, "account" | "address" | "privateKey">
): Layer.Layer<Signer> => Layer.scoped(Signer, make(credentials))
