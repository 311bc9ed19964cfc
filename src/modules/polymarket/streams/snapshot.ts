/** A book of REST as the ladder takes it. */
import type { WireBook } from "../wire/clob.ts"
import type { Snapshot } from "./market-books.ts"

export const snapshotOf = ({ asks, asset_id, bids, tick_size, timestamp }: WireBook): Snapshot => ({
  tokenId: asset_id,
  stampMs: timestamp,
  bids: bids.map(({ price, size }) => ({ priceTicks: price, sizeMicroShares: size })),
  asks: asks.map(({ price, size }) => ({ priceTicks: price, sizeMicroShares: size })),
  tickSizeTicks: tick_size
})
