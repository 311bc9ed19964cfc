/** The books as a whole, for the comparison with the venue. */
import { microUsd } from "../../domain/money.ts"
import { bookedShares, cashSlack, positionOf, unsettledSinceMs } from "../../domain/position-state.ts"
import type { Booked } from "../../ports/trading.ts"
import type { Holdings } from "./holdings.ts"

export const bookedOf = ({ states, totals }: Holdings): Booked => {
  const all = [...states.values()]
  const unsettledWindows = all.filter(({ resolvedAs }) => resolvedAs === undefined)
  const positions = unsettledWindows.map(positionOf)
  const cost = positions.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0)
  return {
    shares: unsettledWindows.map(bookedShares),
    positions,
    unsettled: all.flatMap((state) => {
      const sinceMs = unsettledSinceMs(state)
      const { slug, tokenId } = state.instrument
      return sinceMs === undefined ? [] : [{ tokenId, slug, sinceMs }]
    }),
    fillKeys: new Set(all.flatMap(({ fills }) => [...fills.keys()])),
    slack: all.map(cashSlack).reduce(
      (sum, one) => ({
        moreMicroUsd: sum.moreMicroUsd + one.moreMicroUsd,
        lessMicroUsd: sum.lessMicroUsd + one.lessMicroUsd
      }),
      { moreMicroUsd: 0, lessMicroUsd: 0 }
    ),
    cashMicroUsd: microUsd(totals.realizedPnlMicroUsd - totals.feesMicroUsd - cost)
  }
}
