/** One client of the market channel: what it follows, and what it says. */
import { TokenId } from "../../../domain/window.ts"
import {
  INVALID_OPERATION,
  type MarketRequest,
  NO_NEW_ASSETS,
  readMarketRequest
} from "./market-subscription.ts"
import type { Outbox } from "./outbox.ts"
import { PING, PONG, type Session } from "./session.ts"

/** More ids in one frame than this get no books at all (spot-feeds.md §9). */
const MAX_DUMPED_ASSETS = 750
/** More ids on one connection than this are refused: the venue has some limit, this one is ours. */
const MAX_ASSETS = 5_000
const NORMAL_CLOSURE = 1000

interface Outside {
  readonly dump: (tokenIds: ReadonlyArray<TokenId>, levelsPerSide: number) => ReadonlyArray<unknown>
  readonly left: () => void
}

type Ask = Exclude<MarketRequest, { readonly _tag: "Wrong" }>["ask"]

export class MarketSession implements Session {
  readonly outbox: Outbox
  private readonly outside: Outside
  private readonly assets = new Set<string>()
  private readonly resolved = new Set<string>()
  private begun = false
  private custom = false
  private level: 1 | 2 | 3 = 2

  constructor(outbox: Outbox, outside: Outside) {
    this.outbox = outbox
    this.outside = outside
  }

  get wantsCustom(): boolean {
    return this.custom
  }

  /** Level 1 is the best price of each side; 2 and 3 are all there is, for the exchange has no more to show. */
  get levelsPerSide(): number {
    return this.level === 1 ? 1 : Number.POSITIVE_INFINITY
  }

  follows(tokenId: TokenId): boolean {
    return this.assets.has(tokenId)
  }

  hear(frame: string): void {
    if (frame === PING) return this.outbox.text(PONG)
    const request = readMarketRequest(frame)
    if (request._tag === "Wrong") return this.outbox.text(request.text)
    if (request._tag === "Change") {
      if (request.ask.operation === "subscribe") return this.subscribe(request.ask)
      return this.unsubscribe(request.ask)
    }
    if (this.begun) return this.outbox.text(INVALID_OPERATION)
    this.subscribe(request.ask)
  }

  end(): void {
    this.outside.left()
  }

  /** These tokens pay out and trade no more. The venue closes a socket that has no others. */
  resolve(tokenIds: ReadonlyArray<TokenId>): void {
    for (const tokenId of tokenIds) if (this.assets.has(tokenId)) this.resolved.add(tokenId)
    if (this.resolved.size === this.assets.size) this.outbox.close(NORMAL_CLOSURE)
  }

  private configure(ask: Ask): void {
    this.custom = ask.custom_feature_enabled ?? this.custom
    this.level = ask.level ?? this.level
  }

  private subscribe(ask: Ask): void {
    this.configure(ask)
    const isFirst = !this.begun
    this.begun = true
    const fresh = [...new Set(ask.assets_ids)].filter((id) => id !== "" && !this.assets.has(id))
    if (fresh.length === 0 && !(isFirst && ask.assets_ids.length === 0))
      return this.outbox.text(NO_NEW_ASSETS)
    if (this.assets.size + fresh.length > MAX_ASSETS) return this.outbox.text(INVALID_OPERATION)
    for (const id of fresh) this.assets.add(id)
    if (ask.initial_dump === false) return
    const dumped = ask.assets_ids.length > MAX_DUMPED_ASSETS ? [] : fresh.map((id) => TokenId.make(id))
    this.outbox.json(this.outside.dump(dumped, this.levelsPerSide))
  }

  private unsubscribe(ask: Ask): void {
    this.configure(ask)
    for (const id of ask.assets_ids) {
      this.assets.delete(id)
      this.resolved.delete(id)
    }
  }
}
