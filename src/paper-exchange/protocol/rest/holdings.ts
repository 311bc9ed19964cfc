/** What an account holds and has earned in a token, told from its trades. */
import type { MarketRecord, TradeRow } from "../../engine/state.ts"
import type { World } from "../../world/world.ts"
import type { Outcome, TokenId } from "../../../domain/window.ts"

/** Amounts in millionths; `cost` and `realized` are of dollars, without fees. */
export interface Position {
  readonly record: MarketRecord
  readonly tokenId: TokenId
  readonly outcome: Outcome
  /** Shares on chain now. */
  readonly size: number
  /** Shares ever bought, and what they cost. */
  readonly bought: number
  readonly cost: number
  /** Dollars won or lost on shares that were sold, or redeemed. */
  readonly realized: number
  /** When the last of its trades matched. */
  readonly lastMs: number
}

const rowsOf = (record: MarketRecord, account: string, tokenId: TokenId) =>
  [...record.trades.values()]
    .filter(({ status }) => status !== "failed")
    .flatMap(({ matchedAtMs, rows }) =>
      rows
        .filter((row) => row.account === account && row.tokenId === tokenId)
        .map((row): TradeRow & { readonly atMs: number } => ({ ...row, atMs: matchedAtMs }))
    )

/** Shares cost what they cost on the average when some are sold. */
const positionOf = (
  world: World,
  record: MarketRecord,
  account: string,
  outcome: Outcome
): Position | undefined => {
  const tokenId = outcome === "Up" ? record.market.upTokenId : record.market.downTokenId
  const rows = rowsOf(record, account, tokenId)
  const size = world.engine.state.accounts.get(account)?.holdings.get(tokenId)?.settledMicroShares ?? 0
  if (rows.length === 0 && size === 0) return undefined
  let [bought, cost, held, value, realized] = [0, 0, 0, 0, 0]
  for (const row of rows) {
    if (row.side === "BUY") {
      bought += row.sizeMicroShares
      cost += row.notionalMicroUsd
      held += row.sizeMicroShares
      value += row.notionalMicroUsd
      continue
    }
    const part = held === 0 ? 0 : Math.round((value * row.sizeMicroShares) / held)
    realized += row.notionalMicroUsd - part
    held -= row.sizeMicroShares
    value -= part
  }
  const winner = world.resolutions.get(record.market.slug)?.outcome
  if (winner !== undefined) realized += (winner === outcome ? held : 0) - value
  const lastMs = rows.at(-1)?.atMs ?? record.changedAtMs
  return { record, tokenId, outcome, size, bought, cost, realized, lastMs }
}

export const positionsOf = (world: World, account: string): ReadonlyArray<Position> =>
  [...world.engine.state.markets.values()].flatMap((record) =>
    (["Up", "Down"] as const).flatMap((outcome) => positionOf(world, record, account, outcome) ?? [])
  )
