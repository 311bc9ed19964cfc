/** An order as it comes in: who may send it, who signed it, what it says; polymarket.md §1.5, §4.5. */
import { Either } from "effect"
import type { OrderId } from "../../../domain/order.ts"
import { orderDomain } from "../../../protocol/contracts.ts"
import { orderIdOf } from "../../../protocol/order-hash.ts"
import { DEPOSIT_WALLET, recoverOrder } from "../../../protocol/order-signature.ts"
import type { OrderRequest } from "../../../protocol/wire-order.ts"
import { NO_ORDERBOOK } from "../../engine/texts.ts"
import type { EngineOrder } from "../../engine-types.ts"
import type { Operation } from "../../world/operations.ts"
import type { World } from "../../world/world.ts"
import type { Caller } from "./authentication.ts"
import { type Instrument, instrumentOf } from "./market-lookup.ts"
import type { RestSettings } from "./options.ts"
import { termsOf } from "./order-terms.ts"

const WRONG_OWNER = "the order owner has to be the owner of the API KEY"
const WRONG_SIGNER = "the order signer address has to be the address of the API KEY"
const WRONG_MAKER = "maker address not allowed, please use the deposit wallet flow"
const WRONG_SIGNATURE = "invalid signature"

/** An order that may go to the engine. */
export interface Intake {
  /** The maker's address in lower case. */
  readonly account: string
  readonly order: EngineOrder
}

const lower = (address: string): string => address.toLowerCase()

/**
 * Makers are the key's own address (type 0), or a wallet of its owner (types 1 to 3). Contracts are not looked at here: the
 * first order that an owner signs for a wallet binds the wallet to it, one of each type to an owner.
 */
const makerFault = (world: World, { order }: OrderRequest, caller: Caller): string | undefined => {
  const [maker, signer] = [lower(order.maker), lower(order.signer)]
  const { signatureType } = order
  if (signatureType === DEPOSIT_WALLET ? signer !== maker : signer !== caller.address) return WRONG_SIGNER
  if (signatureType === 0) return maker === caller.address ? undefined : WRONG_MAKER
  const bound = world.registry.wallet(maker)
  if (bound !== undefined)
    return bound.owner === caller.address && bound.signatureType === signatureType ? undefined : WRONG_MAKER
  const isTaken =
    world.registry.isFull ||
    world.engine.state.accounts.has(maker) ||
    world.registry.walletOf(caller.address, signatureType) !== undefined
  return isTaken ? WRONG_MAKER : undefined
}

const orderIdIn = (settings: RestSettings, { order }: OrderRequest): OrderId =>
  orderIdOf(orderDomain({ chainId: settings.chainId, exchange: "v2" }), order)

/** Types 0 to 2 are signed by the order's signer, type 3 by the wallet's owner: either way by the key's address. */
const isSigned = (settings: RestSettings, { order, signature }: OrderRequest, caller: Caller): boolean => {
  const domain = orderDomain({ chainId: settings.chainId, exchange: "v2" })
  const signer = recoverOrder(domain, order, signature)
  return Either.isRight(signer) && lower(signer.right) === caller.address
}

const engineOrder = (
  { market, tokenId }: Instrument,
  request: OrderRequest,
  orderId: OrderId
): Either.Either<EngineOrder, string> => {
  const side = request.order.side === 0 ? "BUY" : "SELL"
  const { makerAmount, takerAmount } = request.order
  const { expirationS, orderType, owner, postOnly } = request
  return Either.map(
    termsOf({ orderId, side, orderType, makerAmount, takerAmount }, market.tickSizeTicks),
    (terms) => ({
      orderId,
      conditionId: market.conditionId,
      tokenId,
      side,
      orderType,
      ...terms,
      postOnly,
      expiresAtMs: expirationS === 0 ? null : expirationS * 1_000,
      owner
    })
  )
}

/** What the engine is to take in; left with the venue's words where it is not. */
export const takeIn = (
  world: World,
  settings: RestSettings,
  caller: Caller,
  request: OrderRequest
): Either.Either<Intake, string> => {
  if (request.owner !== caller.apiKey) return Either.left(WRONG_OWNER)
  const fault = makerFault(world, request, caller)
  if (fault !== undefined) return Either.left(fault)
  if (!isSigned(settings, request, caller)) return Either.left(WRONG_SIGNATURE)
  const instrument = instrumentOf(world, String(request.order.tokenId))
  if (instrument === undefined) return Either.left(NO_ORDERBOOK)
  return Either.map(engineOrder(instrument, request, orderIdIn(settings, request)), (order) => ({
    account: lower(request.order.maker),
    order
  }))
}

/** What has to be done before an account's order can be placed: a wallet is bound, and opened as an account. */
export const preparations = (
  world: World,
  settings: RestSettings,
  caller: Caller,
  request: OrderRequest
): Either.Either<ReadonlyArray<Operation>, string> => {
  const { maker, signatureType } = request.order
  const wallet = lower(maker)
  if (signatureType === 0 || world.registry.wallet(wallet) !== undefined) return Either.right([])
  const fault = makerFault(world, request, caller)
  return fault === undefined
    ? Either.right([
        { _tag: "BindWallet", wallet, owner: caller.address, signatureType },
        { _tag: "OpenAccount", account: wallet, cashMicroUsd: settings.startCashUsd }
      ])
    : Either.left(fault)
}
