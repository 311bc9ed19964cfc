/** What an importer hands over: the rows of a collection, window by window, still to be joined with the window facts. */
import type { Side } from "../domain/order.ts"
import type { MicroShares, PriceTicks } from "../domain/money.ts"
import type { TokenId } from "../domain/window.ts"
import type { Defects } from "./defects.ts"
import type { Ladder } from "./format.ts"

/** A window's book at one moment, in the Up token's view, best first. */
export interface Quote {
  readonly atMs: number
  readonly bids: Ladder
  readonly asks: Ladder
}

/** Somebody's fill, in the Up token's view. */
export interface Print {
  readonly atMs: number
  readonly side: Side
  readonly priceTicks: PriceTicks
  readonly sizeMicroShares: MicroShares
}

/** One window's rows in the order they were written down, and its tokens where they were recorded. */
export interface SourceWindow {
  readonly slug: string
  /** Made anew at each call; counting defects of content on the way. */
  readonly quotes: () => Iterable<Quote>
  readonly rows: number
  readonly prints: ReadonlyArray<Print>
  readonly tokens: { readonly up: TokenId; readonly down: TokenId } | undefined
}

/** All that was read from a collection's files. */
export interface SourceRows {
  readonly importedFrom: ReadonlyArray<string>
  readonly windows: ReadonlyArray<SourceWindow>
  readonly rowsRead: number
  readonly defects: Defects
}

/** A file's path and its bytes: packed as on disk, or already unpacked, as the name says. */
export interface FileContent {
  readonly path: string
  readonly content: Uint8Array
}
