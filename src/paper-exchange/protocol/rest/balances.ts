/** Balances and allowances, as the venue's cache has them. */
import { TokenId } from "../../../domain/window.ts"
import { orderDomain } from "../../../protocol/contracts.ts"
import type { World } from "../../world/world.ts"
import { empty, failure, json } from "./answers.ts"
import { type Caller, readAs } from "./authentication.ts"
import { isTokenText } from "./market-lookup.ts"
import type { Rest } from "./options.ts"
import { type Handler, type Route, get } from "./routing.ts"
import { COLLATERAL, collateralOf } from "./stale-balance.ts"

const INVALID_ASSET_TYPE = failure(400, "Invalid asset type")
const INVALID_SIGNATURE_TYPE = failure(400, "Invalid signature_type")

/** 2^256 − 1: nothing here ever lacks an allowance. */
const UNLIMITED = String(2n ** 256n - 1n)

const allowances = ({ chainId }: Rest["settings"]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (["v2", "v2-neg-risk"] as const).map((exchange) => [
      orderDomain({ chainId, exchange }).verifyingContract,
      UNLIMITED
    ])
  )

/** A wallet that has not been seen yet will be opened with the same cash as every account. */
const actualOf = (world: World, rest: Rest, account: string | undefined, asset: string): number => {
  if (account === undefined) return asset === COLLATERAL ? rest.settings.startCashUsd : 0
  const record = world.engine.state.accounts.get(account)
  if (asset === COLLATERAL) return collateralOf(record)
  return record?.holdings.get(TokenId.make(asset))?.settledMicroShares ?? 0
}

/** The account that a signature type's orders are for. */
const accountFor = (world: World, { address }: Caller, type: number): string | undefined =>
  type === 0 ? address : world.registry.walletOf(address, type)?.wallet

const balanceRoute = (isUpdate: boolean): Handler =>
  readAs((world, nowMs, caller, { request: { query }, rest }) => {
    const [assetType, token] = [query.get("asset_type") ?? "", query.get("token_id") ?? ""]
    const signatureType = query.get("signature_type") ?? "0"
    if (assetType !== COLLATERAL && assetType !== "CONDITIONAL") return INVALID_ASSET_TYPE
    if (!/^[0-3]$/.test(signatureType)) return INVALID_SIGNATURE_TYPE
    if (assetType === "CONDITIONAL" && !isTokenText(token)) return failure(400, "Invalid token id")
    const asset = assetType === COLLATERAL ? COLLATERAL : token
    const account = accountFor(world, caller, Number(signatureType))
    const actual = actualOf(world, rest, account, asset)
    const name = account ?? `${caller.address}#${signatureType}`
    if (isUpdate) {
      rest.balances.refresh(name, asset, actual)
      return empty()
    }
    const isStale = rest.conditions.balancesAreStale(nowMs)
    const balance = rest.balances.look(name, asset, actual, isStale)
    return json({ balance: String(balance), allowances: allowances(rest.settings) })
  })

export const balanceRoutes: ReadonlyArray<Route> = [
  get("/balance-allowance", balanceRoute(false)),
  get("/balance-allowance/update", balanceRoute(true)),
  { method: "PUT", path: "/balance-allowance", handle: balanceRoute(true) }
]
