/** Positions: shares of one instrument, matched and settled kept apart. */
import { Schema } from "effect"
import { Asset } from "./asset.ts"
import { MicroShares, MicroUsd } from "./money.ts"
import { ConditionId, Outcome, TokenId, WindowSlug } from "./window.ts"

/**
 * open · awaiting-settlement: the window ended, the venue has not resolved it · closed: no shares left, by fills or
 * by settlement.
 */
export const PositionStatus = Schema.Literal("open", "awaiting-settlement", "closed")
export type PositionStatus = typeof PositionStatus.Type

export const Position = Schema.Struct({
  slug: WindowSlug,
  asset: Asset,
  conditionId: ConditionId,
  tokenId: TokenId,
  outcome: Outcome,
  /** Shares by every fill that has not failed. */
  matchedMicroShares: MicroShares,
  /** Shares of confirmed buys less every sell that has not failed: what can be sold for sure, never above matched. */
  settledMicroShares: MicroShares,
  /** What the matched shares still held have cost, without fees. */
  costMicroUsd: MicroUsd,
  feesMicroUsd: MicroUsd,
  /** Proceeds less cost of what was sold or settled, without fees. */
  realizedPnlMicroUsd: MicroUsd,
  status: PositionStatus,
  openedAtMs: Schema.Int,
  updatedAtMs: Schema.Int
})
export type Position = typeof Position.Type

/** Dollars at stake in an instrument: what its shares cost that are held, or that come back where a sell fails to settle. */
export interface AtStake extends Pick<Position, "slug" | "asset" | "tokenId"> {
  readonly costMicroUsd: MicroUsd
}
