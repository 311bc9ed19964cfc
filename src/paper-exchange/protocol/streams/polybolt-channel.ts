/** PolyBolt, the price stream for clients with an API key (polymarket.md §5.5; spot-feeds.md §1a). */
import { Either } from "effect"
import type { SpotTick } from "../../../ports/spot.ts"
import type { Outbox } from "./outbox.ts"
import { AVERAGE, type BoltChannel, type BoltRequest, PRICE, type Pair, SOURCE } from "./polybolt-requests.ts"
import { pairKey, readBoltRequest, readPair } from "./polybolt-requests.ts"
import type { PriceBoard, PricePoint } from "./price-board.ts"
import type { PriceChannel } from "./price-channel.ts"
import { boltPoint, boltSymbol } from "./price-texts.ts"
import type { Session } from "./session.ts"
import type { Authenticate } from "./user-channel.ts"

const MAX_PAIRS = 64
const MAX_AUTHS = 8
const MAX_CHANGES_PER_SECOND = 20
const SECOND_MS = 1_000
const LOOKBACK = 60
/** A client that does what it must not: it should not come back and do it again. */
const CLIENT_FAULT = 4008

type Subscriptions = Extract<BoltRequest, { readonly subscriptions: unknown }>["subscriptions"]

class BoltSession implements Session {
  private readonly outbox: Outbox
  private readonly board: PriceBoard
  private readonly authenticate: Authenticate
  private readonly left: () => void
  private readonly pairs = new Map<string, Pair>()
  private readonly sequences = new Map<BoltChannel, number>()
  private isKnown = false
  private auths = 0
  private changesSinceMs = Number.NEGATIVE_INFINITY
  private changes = 0

  constructor(outbox: Outbox, board: PriceBoard, authenticate: Authenticate, left: () => void) {
    this.outbox = outbox
    this.board = board
    this.authenticate = authenticate
    this.left = left
  }

  hear(frame: string, nowMs: number): void {
    const read = readBoltRequest(frame)
    if (Either.isLeft(read)) {
      const { op, rid } = read.left
      return this.refuse(op === "auth" ? "auth_invalid" : "bad_op", rid)
    }
    const request = read.right
    if (request.op === "ping") return this.answer("pong", request.rid)
    if (request.op === "auth") return this.auth(request)
    if (this.isTooFast(nowMs)) return this.expel("rate_limited", request.rid)
    if (!this.isKnown) return this.refuse("auth_required", request.rid)
    if (request.op === "subscribe") return this.subscribe(request.subscriptions, request.rid, nowMs)
    return this.unsubscribe(request.subscriptions, request.rid)
  }

  end(): void {
    this.left()
  }

  priced({ asset }: SpotTick, nowMs: number): void {
    if (this.pairs.has(pairKey({ channel: PRICE, asset }))) {
      const point = this.board.latest(asset)
      if (point !== undefined) this.tell({ channel: PRICE, asset }, boltPoint(point), nowMs)
    }
    if (!this.board.isTold(LOOKBACK)) this.averaged({ asset }, nowMs)
  }

  averaged({ asset }: Pick<SpotTick, "asset">, nowMs: number): void {
    if (!this.pairs.has(pairKey({ channel: AVERAGE, asset }))) return
    const point = this.board.latestAverage(asset, LOOKBACK)
    if (point !== undefined) this.tell({ channel: AVERAGE, asset }, boltPoint(point), nowMs)
  }

  private auth({ auth, rid }: Extract<BoltRequest, { readonly op: "auth" }>): void {
    this.auths += 1
    if (this.auths > MAX_AUTHS) return this.expel("auth_attempts", rid)
    this.isKnown = this.authenticate(auth) !== undefined
    if (this.isKnown) this.answer("authed", rid)
    else this.refuse("auth_invalid", rid)
  }

  private subscribe(subscriptions: Subscriptions, rid: string | undefined, nowMs: number): void {
    const read = Either.all(subscriptions.map(({ channel, filter }) => readPair(channel, filter)))
    if (Either.isLeft(read)) return this.refuse(read.left, rid)
    const fresh = new Map(read.right.map((pair) => [pairKey(pair), pair] as const))
    for (const key of this.pairs.keys()) fresh.delete(key)
    if (this.pairs.size + fresh.size > MAX_PAIRS) return this.expel("sub_limit", rid)
    for (const [key, pair] of fresh) this.pairs.set(key, pair)
    this.answer("subscribed", rid)
    for (const pair of fresh.values()) this.snapshot(pair, nowMs)
  }

  private unsubscribe(subscriptions: Subscriptions, rid: string | undefined): void {
    const read = Either.all(subscriptions.map(({ channel, filter }) => readPair(channel, filter)))
    if (Either.isLeft(read)) return this.refuse(read.left, rid)
    for (const pair of read.right) this.pairs.delete(pairKey(pair))
    this.answer("unsubscribed", rid)
  }

  private snapshot(pair: Pair, nowMs: number): void {
    const points: ReadonlyArray<PricePoint> =
      pair.channel === PRICE
        ? this.board.history(pair.asset)
        : this.board.averageHistory(pair.asset, LOOKBACK)
    this.tell(pair, { data: points.map(boltPoint) }, nowMs, true)
  }

  private tell({ asset, channel }: Pair, content: object, nowMs: number, snapshot = false): void {
    const seq = (this.sequences.get(channel) ?? 0) + 1
    this.sequences.set(channel, seq)
    const payload = {
      symbol: boltSymbol(asset),
      ...content,
      source: SOURCE,
      ...(channel === AVERAGE ? { window_seconds: LOOKBACK } : {})
    }
    this.outbox.json({ v: 1, channel, seq, ts: nowMs, ...(snapshot ? { snapshot } : {}), payload })
  }

  private isTooFast(nowMs: number): boolean {
    if (nowMs - this.changesSinceMs >= SECOND_MS) {
      this.changesSinceMs = nowMs
      this.changes = 0
    }
    this.changes += 1
    return this.changes > MAX_CHANGES_PER_SECOND
  }

  private answer(op: string, rid: string | undefined): void {
    this.outbox.json({ op, ...(rid === undefined ? {} : { rid }) })
  }

  private refuse(code: string, rid: string | undefined): void {
    this.outbox.json({ op: "error", ...(rid === undefined ? {} : { rid }), code })
  }

  private expel(code: string, rid: string | undefined): void {
    this.refuse(code, rid)
    this.outbox.close(CLIENT_FAULT, code)
  }
}

export class PolyBoltChannel implements PriceChannel {
  private readonly sessions = new Set<BoltSession>()
  private readonly board: PriceBoard
  private readonly authenticate: Authenticate

  constructor(board: PriceBoard, authenticate: Authenticate) {
    this.board = board
    this.authenticate = authenticate
  }

  open(outbox: Outbox): Session {
    const session = new BoltSession(outbox, this.board, this.authenticate, () =>
      this.sessions.delete(session)
    )
    this.sessions.add(session)
    return session
  }

  priced(tick: SpotTick, nowMs: number): void {
    for (const session of this.sessions) session.priced(tick, nowMs)
  }

  averaged(tick: SpotTick, nowMs: number): void {
    for (const session of this.sessions) session.averaged(tick, nowMs)
  }
}
