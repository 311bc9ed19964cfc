/**
 * Price changes in the very form the venue writes them (docs.polymarket.com/market-data/realtime-data), read from the text without
 * making an object of it: they are nine frames of ten. Whatever is written otherwise, in any way, is left to JSON.parse and the
 * checks after it, which decide what is wrong; what is read here is what they would have read.
 */
import { TICKS_PER_USD } from "../../../domain/money.ts"
import { NO_NUMBER } from "../wire/numbers.ts"
import type { Change } from "./market-frame.ts"

export interface ScannedChanges {
  readonly stampMs: number
  readonly changes: ReadonlyArray<Change>
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1")

const HEAD = bytesOf('{"market":"0x')
const MARKET_DIGITS = 64
const CHANGES = bytesOf('","price_changes":[')
const ASSET = bytesOf('{"asset_id":"')
const PRICE = bytesOf('","price":"')
const SIZE = bytesOf('","size":"')
const BUY = bytesOf('","side":"BUY","hash":"')
const SELL = bytesOf('","side":"SELL","hash":"')
const HASH_DIGITS = 40
const BID = bytesOf('","best_bid":"')
const ASK = bytesOf('","best_ask":"')
const CHANGE_END = bytesOf('"}')
const STAMP = bytesOf('],"timestamp":"')
const TAIL = bytesOf('","event_type":"price_change"}')

/** Longer texts, and more changes than any real frame has, are left to the other reader and its bounds. */
const MAX_CHARS = 100_000
const MAX_CHANGES = 200
/** A token id is a number of 256 bits. */
const MAX_ID_DIGITS = 78
/** Ids seen last, whose texts need not be made and hashed again. */
const MAX_KNOWN_IDS = 8

const [QUOTE, COMMA, DOT] = [34, 44, 46]
const [ZERO, NINE, LOWER_A, LOWER_F] = [48, 57, 97, 102]

/** Reads one text after the other, as bytes: to look at a character of a text takes several times as long. */
class Scan {
  private readonly bytes = Buffer.alloc(MAX_CHARS)
  private at = 0
  private readonly knownIds: Array<{ readonly id: string; readonly bytes: Uint8Array }> = []

  read(text: string): ScannedChanges | undefined {
    // Whatever is no ASCII becomes bytes that are none of those looked for, and more of them than characters.
    if (this.bytes.write(text, 0) !== text.length) return undefined
    this.at = 0
    if (!this.passes(HEAD) || !this.passesHex(MARKET_DIGITS) || !this.passes(CHANGES)) return undefined
    const changes: Array<Change> = []
    do {
      const change = this.change()
      if (change === undefined || changes.length === MAX_CHANGES) return undefined
      changes.push(change)
    } while (this.isComma())
    if (!this.passes(STAMP)) return undefined
    const stampMs = this.number(0)
    return stampMs !== NO_NUMBER && this.passes(TAIL) && this.at === text.length
      ? { stampMs, changes }
      : undefined
  }

  private change(): Change | undefined {
    if (!this.passes(ASSET)) return undefined
    const tokenId = this.id()
    if (tokenId === undefined || !this.passes(PRICE)) return undefined
    const priceTicks = this.number(4)
    if (priceTicks <= 0 || priceTicks >= TICKS_PER_USD || !this.passes(SIZE)) return undefined
    const sizeMicroShares = this.number(6)
    if (sizeMicroShares === NO_NUMBER) return undefined
    const isBuy = this.passes(BUY)
    if (!isBuy && !this.passes(SELL)) return undefined
    if (!this.passesHex(HASH_DIGITS) || !this.passes(BID)) return undefined
    const bestBidTicks = this.number(4)
    if (bestBidTicks === NO_NUMBER || !this.passes(ASK)) return undefined
    const bestAskTicks = this.number(4)
    if (bestAskTicks === NO_NUMBER || !this.passes(CHANGE_END)) return undefined
    return {
      tokenId,
      side: isBuy ? "bids" : "asks",
      priceTicks,
      sizeMicroShares,
      bestBidTicks,
      bestAskTicks
    }
  }

  private isAt(at: number, literal: Uint8Array): boolean {
    const { bytes } = this
    for (let index = 0; index < literal.length; index += 1)
      if (bytes[at + index] !== literal[index]) return false
    return true
  }

  /** Goes past a literal; false, and nowhere, where it is not there. */
  private passes(literal: Uint8Array): boolean {
    if (!this.isAt(this.at, literal)) return false
    this.at += literal.length
    return true
  }

  private passesHex(digits: number): boolean {
    const { bytes } = this
    const end = this.at + digits
    for (let index = this.at; index < end; index += 1) {
      const code = bytes[index] ?? 0
      if ((code < ZERO || code > NINE) && (code < LOWER_A || code > LOWER_F)) return false
    }
    this.at = end
    return true
  }

  private isComma(): boolean {
    if (this.bytes[this.at] !== COMMA) return false
    this.at += 1
    return true
  }

  private id(): string | undefined {
    for (const known of this.knownIds) {
      const end = this.at + known.bytes.length
      if (this.bytes[end] !== QUOTE || !this.isAt(this.at, known.bytes)) continue
      this.at = end
      return known.id
    }
    let end = this.at
    while (end - this.at <= MAX_ID_DIGITS && isDigit(this.bytes[end] ?? 0)) end += 1
    if (end === this.at || end - this.at > MAX_ID_DIGITS) return undefined
    const id = this.bytes.toString("latin1", this.at, end)
    this.at = end
    if (this.knownIds.length === MAX_KNOWN_IDS) this.knownIds.shift()
    this.knownIds.push({ id, bytes: bytesOf(id) })
    return id
  }

  /** As `scaledOf`, but for forms that the venue does not use. */
  private number(decimals: number): number {
    const { bytes } = this
    let scaled = 0
    let fraction = -1
    const from = this.at
    for (; this.at - from < MAX_NUMBER_CHARS; this.at += 1) {
      const code = bytes[this.at] ?? 0
      if (code === DOT && fraction < 0 && this.at > from) fraction = 0
      else if (isDigit(code) && fraction < decimals) {
        scaled = scaled * 10 + (code - ZERO)
        if (fraction >= 0) fraction += 1
      } else break
    }
    if (this.at === from || fraction === 0 || bytes[this.at] !== QUOTE) return NO_NUMBER
    for (let given = Math.max(fraction, 0); given < decimals; given += 1) scaled *= 10
    return scaled <= Number.MAX_SAFE_INTEGER ? scaled : NO_NUMBER
  }
}

/** Fewer than would leave the safe integers before that can be seen. */
const MAX_NUMBER_CHARS = 20
const isDigit = (code: number): boolean => code >= ZERO && code <= NINE

const scan = new Scan()

/** The changes of a frame that is written as the venue writes them; undefined for any other text. */
export const scanChanges = (text: string): ScannedChanges | undefined =>
  text.length > MAX_CHARS ? undefined : scan.read(text)
