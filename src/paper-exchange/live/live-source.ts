/** A live market as a source: what is told waits until the world takes it, and windows close when their time is over. */
import { Either, Schema } from "effect"
import { ConditionId } from "../../domain/window.ts"
import type { Json, MarketEvent, MarketSource } from "../market-source.ts"

const Saved = Schema.Struct({
  kind: Schema.Literal("live"),
  closing: Schema.Array(Schema.Struct({ atMs: Schema.Number, conditionId: ConditionId }))
})
const decodeSaved = Schema.decodeUnknownEither(Saved)

type Closed = Extract<MarketEvent, { readonly _tag: "Closed" }>

export class LiveSource implements MarketSource {
  readonly isLive = true
  readonly startMs: number
  private arrived: Array<MarketEvent> = []
  private closing: Array<Closed>

  private constructor(startMs: number, closing: ReadonlyArray<Closed>) {
    this.startMs = startMs
    this.closing = [...closing]
  }

  /** A new one at a moment of Unix milliseconds, or one taken up where it was saved; left where that is another market's. */
  static open(startMs: number, saved?: Json): Either.Either<LiveSource, string> {
    if (saved === undefined) return Either.right(new LiveSource(startMs, []))
    return Either.mapBoth(decodeSaved(saved), {
      onLeft: () =>
        "the saved state is not that of a live market; use another state directory for mode paper",
      onRight: ({ closing }) =>
        new LiveSource(
          startMs,
          closing.map((each) => ({ _tag: "Closed", ...each }))
        )
    })
  }

  /**
   * Takes in what happens now; whoever does it lets the world catch up at once, so that nothing piles up here. The close of a
   * window may be told ahead of its time.
   */
  push(event: MarketEvent): void {
    if (event._tag !== "Closed") return void this.arrived.push(event)
    if (this.closing.some(({ conditionId }) => conditionId === event.conditionId)) return
    this.closing.push(event)
    this.closing.sort((a, b) => a.atMs - b.atMs)
  }

  readonly nextAtMs = (): number | undefined => {
    const [arrived, closing] = [this.arrived[0]?.atMs, this.closing[0]?.atMs]
    return arrived === undefined || closing === undefined ? (arrived ?? closing) : Math.min(arrived, closing)
  }

  readonly take = (): ReadonlyArray<MarketEvent> => {
    const atMs = this.nextAtMs()
    const closed = this.closing.filter((event) => event.atMs === atMs)
    this.closing = this.closing.slice(closed.length)
    const later = this.arrived.findIndex((event) => event.atMs !== atMs)
    const taken = later < 0 ? this.arrived : this.arrived.slice(0, later)
    this.arrived = later < 0 ? [] : this.arrived.slice(later)
    return [...closed, ...taken]
  }

  readonly save = (): Json => ({
    kind: "live",
    closing: this.closing.map(({ atMs, conditionId }) => ({ atMs, conditionId }))
  })
}
