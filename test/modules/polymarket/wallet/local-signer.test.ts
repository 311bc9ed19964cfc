import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, Exit, FastCheck as fc, Layer, Redacted, Scope, Context } from "effect"
import { inspect } from "node:util"
import { type OrderStruct, plainAccount } from "../../../../src/domain/signed-order.ts"
import { localSigner } from "../../../../src/modules/polymarket/wallet/local-signer.ts"
import { Signer, SignerError } from "../../../../src/ports/signer.ts"
import { orderDomain } from "../../../../src/protocol/contracts.ts"
import { recoverClobAuth } from "../../../../src/protocol/l1.ts"
import { recoverOrder } from "../../../../src/protocol/order-signature.ts"
import { accountOf } from "../../../../src/protocol/signatures.ts"
import { HARDHAT_ADDRESS, HARDHAT_KEY, anyKey, anyOrder, anyTarget } from "../../../protocol/fixture.ts"

const signerOf = (key: Uint8Array, order: Pick<OrderStruct, "maker" | "signer" | "signatureType">) =>
  localSigner({
    privateKey: Redacted.make(Buffer.from(key).toString("hex")),
    address: accountOf(key),
    account: { maker: order.maker, signer: order.signer, signatureType: order.signatureType }
  })

const hardhat = localSigner({
  privateKey: Redacted.make(HARDHAT_KEY.toString("hex")),
  address: HARDHAT_ADDRESS,
  account: plainAccount(HARDHAT_ADDRESS)
})

const someOrder = (): OrderStruct => {
  const [order] = fc.sample(anyOrder, { numRuns: 1, seed: 1 })
  if (order === undefined) throw new Error("no sample")
  return { ...order, ...plainAccount(HARDHAT_ADDRESS) }
}

describe("local signer", () => {
  it.effect.prop(
    "any order of its account – a signature that is traced back to its key",
    [anyTarget, anyOrder, anyKey],
    ([target, order, key]) =>
      Effect.gen(function* () {
        const signer = yield* Signer
        const signature = yield* signer.signOrder(target, order)
        expect(recoverOrder(orderDomain(target), order, signature)).toStrictEqual(
          Either.right(signer.address)
        )
        const request = { chainId: target.chainId, timestamp: "1795305600", nonce: order.salt }
        const auth = yield* signer.signClobAuth(request)
        expect(recoverClobAuth({ ...request, address: signer.address }, auth)).toStrictEqual(
          Either.right(signer.address)
        )
      }).pipe(Effect.provide(signerOf(key, order)))
  )

  it.effect("another's order, or one that fits no type – refused with a SignerError", () =>
    Effect.gen(function* () {
      const signer = yield* Signer
      const target = { chainId: 137, exchange: "v2" } as const
      const order = someOrder()
      const other = "0x2222222222222222222222222222222222222222"
      for (const change of [
        { maker: other },
        { signer: other },
        { signatureType: 1 as const },
        { salt: -1n }
      ] as const) {
        const result = yield* Effect.either(signer.signOrder(target, { ...order, ...change }))
        expect(Either.isLeft(result) && result.left).toBeInstanceOf(SignerError)
      }
      const auth = yield* Effect.either(signer.signClobAuth({ chainId: 137, timestamp: "1", nonce: -1n }))
      expect(Either.isLeft(auth) && auth.left).toBeInstanceOf(SignerError)
    }).pipe(Effect.provide(hardhat))
  )

  it.effect("after its scope – it signs no more", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const signer = Context.get(yield* Layer.buildWithScope(hardhat, scope), Signer)
      const target = { chainId: 137, exchange: "v2" } as const
      yield* signer.signOrder(target, someOrder())
      yield* Scope.close(scope, Exit.void)
      const result = yield* Effect.either(signer.signOrder(target, someOrder()))
      expect(Either.isLeft(result) && result.left.message).toContain("the signer is closed")
    })
  )

  it.effect("shown in any way, and in what fails – no key", () =>
    Effect.gen(function* () {
      const signer = yield* Signer
      const failed = yield* Effect.exit(signer.signClobAuth({ chainId: 137, timestamp: "1", nonce: -1n }))
      const key = HARDHAT_KEY.toString("hex")
      const forms = [
        key,
        BigInt(`0x${key}`).toString(),
        HARDHAT_KEY.toString("base64"),
        HARDHAT_KEY.join(","),
        HARDHAT_KEY.join(", ")
      ]
      for (const value of [signer, { ...signer }, failed, [signer]]) {
        const texts = [String(value), JSON.stringify(value), inspect(value, { depth: 20, showHidden: true })]
        for (const form of forms) expect(texts.join(" ").toLowerCase()).not.toContain(form.toLowerCase())
      }
    }).pipe(Effect.provide(hardhat))
  )
})
