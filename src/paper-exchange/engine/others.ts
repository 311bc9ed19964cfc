/** The others' side of a fill. */
import { type MicroShares, type MicroUsd, microShares, microUsd } from "../../domain/money.ts"
import type { Side } from "../../domain/order.ts"
import type { Outcome } from "../../domain/window.ts"
import type { MarketRecord } from "./state.ts"
import type { Turn } from "./turn.ts"

/** Which token somebody bought or sold. */
export interface Terms {
  readonly outcome: Outcome
  readonly side: Side
}

export interface Leg extends Terms {
  readonly notional: MicroUsd
}

/**
 * Others trade what we trade, the other way round; what fees they would pay is no money of ours. Where they sell a share
 * they do not have, they are taken to have made a pair of a dollar first.
 */
export const bookExternal = (turn: Turn, record: MarketRecord, leg: Leg, size: MicroShares): void => {
  const { ledger } = turn.state
  const shares = record.externalShares
  if (leg.side === "BUY") {
    ledger.externalMicroUsd = microUsd(ledger.externalMicroUsd - leg.notional)
    shares[leg.outcome] = microShares(shares[leg.outcome] + size)
    return
  }
  ledger.externalMicroUsd = microUsd(ledger.externalMicroUsd + leg.notional)
  const missing = Math.max(0, size - shares[leg.outcome])
  if (missing > 0) {
    ledger.externalMicroUsd = microUsd(ledger.externalMicroUsd - missing)
    record.lockedMicroUsd = microUsd(record.lockedMicroUsd + missing)
    shares.Up = microShares(shares.Up + missing)
    shares.Down = microShares(shares.Down + missing)
  }
  shares[leg.outcome] = microShares(shares[leg.outcome] - size)
}
