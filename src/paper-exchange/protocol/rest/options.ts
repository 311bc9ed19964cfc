/** What the REST side is made of, and how it behaves. */
import type { ChainId } from "../../../domain/signed-order.ts"
import type { MicroUsd } from "../../../domain/money.ts"
import type { Keeper } from "../../world/keeper.ts"
import type { BalanceCache } from "./balance-cache.ts"
import type { VenueConditions } from "./conditions.ts"
import type { CredentialsOf } from "./credentials.ts"
import type { Notices } from "./notices.ts"

export interface RestSettings {
  /** Which chain's contracts orders are signed for. */
  readonly chainId: ChainId
  /** Cash of an account when it is opened. */
  readonly startCashUsd: MicroUsd
  /** An address's API credentials by its nonce: always the same for the same two. */
  readonly credentials: CredentialsOf
  /** How far a request's timestamp may be from market time, seconds; `Infinity` where clients live in another time. */
  readonly timestampWindowS: number
  /** Rows on a page of orders, trades and markets. */
  readonly pageSize: number
  /** From a window's end to when Gamma tells its prices, milliseconds; on the venue one to two minutes. */
  readonly lateFieldsAfterMs: number
}

export const DEFAULT_REST_SETTINGS: Omit<RestSettings, "startCashUsd" | "credentials"> = {
  chainId: 137,
  timestampWindowS: 300,
  pageSize: 100,
  lateFieldsAfterMs: 90_000
}

/** What every route may use. */
export interface Rest {
  readonly keeper: Keeper
  readonly settings: RestSettings
  readonly conditions: VenueConditions
  readonly balances: BalanceCache
  readonly notices: Notices
}
