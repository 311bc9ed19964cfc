/** How a market's book differs from what was last told of it, for both tokens at once (polymarket.md §5.1). */
import type { Level } from "../../../domain/book.ts"
import { formatShares } from "../../../domain/decimal.ts"
import { type MicroShares, type PriceTicks, ZERO_SHARES } from "../../../domain/money.ts"
import type { Side } from "../../../domain/order.ts"
import type { TokenId } from "../../../domain/window.ts"
import type { Engine } from "../../engine-types.ts"
import { mirrorPrice } from "../../engine/levels.ts"
import type { MarketRecord } from "../../engine/state.ts"
import { type BookJson, bookJson, priceText } from "../shapes/book.ts"

type Sizes = ReadonlyMap<PriceTicks, MicroShares>

/** A market's book as it was told, in the Up token's prices. */
export interface ToldBook {
  readonly bids: Sizes
  readonly asks: Sizes
}

const sizesOf = (levels: ReadonlyArray<Level>): Sizes =>
  new Map(levels.map(({ priceTicks, sizeMicroShares }) => [priceTicks, sizeMicroShares]))

export const bookNow = (engine: Engine, record: MarketRecord): ToldBook => {
  const book = engine.book(record.market.upTokenId)
  return { bids: sizesOf(book?.bids ?? []), asks: sizesOf(book?.asks ?? []) }
}

interface LevelChange {
  readonly side: Side
  readonly price: PriceTicks
  readonly size: MicroShares
}

const changesOf = (side: Side, before: Sizes, after: Sizes): ReadonlyArray<LevelChange> => [
  ...[...before.keys()]
    .filter((price) => !after.has(price))
    .map((price) => ({ side, price, size: ZERO_SHARES })),
  ...[...after]
    .filter(([price, size]) => before.get(price) !== size)
    .map(([price, size]) => ({ side, price, size }))
]

const best = (levels: BookJson["bids"]): string | undefined => levels.at(-1)?.price

/** The best prices of a token's book as text; those of an empty side are 0 and 1, as the venue writes them. */
export const bestOf = (book: BookJson) => ({
  best_bid: best(book.bids) ?? "0",
  best_ask: best(book.asks) ?? "1"
})

const changeJson = (book: BookJson, tokenId: TokenId, change: LevelChange) => ({
  asset_id: tokenId,
  price: priceText(change.price),
  size: formatShares(change.size),
  side: change.side,
  hash: book.hash,
  ...bestOf(book)
})

const mirrored = ({ price, side, size }: LevelChange): LevelChange => ({
  side: side === "BUY" ? "SELL" : "BUY",
  price: mirrorPrice("Down", price),
  size
})

/** Both tokens' books, made when they are first asked for. */
export class BothBooks {
  private readonly made = new Map<TokenId, BookJson>()
  private readonly engine: Engine
  readonly record: MarketRecord

  constructor(engine: Engine, record: MarketRecord) {
    this.engine = engine
    this.record = record
  }

  of(tokenId: TokenId): BookJson {
    const known = this.made.get(tokenId)
    if (known !== undefined) return known
    const book = bookJson(this.engine, this.record, tokenId)
    this.made.set(tokenId, book)
    return book
  }
}

/** The `price_change` from one book to another, each level with its mirror image; undefined where nothing differs. */
export const priceChange = (books: BothBooks, before: ToldBook, after: ToldBook) => {
  const changes = [
    ...changesOf("BUY", before.bids, after.bids),
    ...changesOf("SELL", before.asks, after.asks)
  ]
  if (changes.length === 0) return undefined
  const { downTokenId, upTokenId } = books.record.market
  const up = books.of(upTokenId)
  const down = books.of(downTokenId)
  return {
    market: books.record.market.conditionId,
    price_changes: changes.flatMap((change) => [
      changeJson(up, upTokenId, change),
      changeJson(down, downTokenId, mirrored(change))
    ]),
    timestamp: up.timestamp,
    event_type: "price_change" as const
  }
}
