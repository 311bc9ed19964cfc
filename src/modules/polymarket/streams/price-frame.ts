/** Price frames of PolyBolt and RTDS, read into observations. */
import { Either } from "effect"
import { ASSETS, type Asset } from "../../../domain/asset.ts"
import type { SpotPrice } from "../../../domain/money.ts"
import type { SpotTick } from "../../../ports/spot.ts"
import { decodeJson, parseJson } from "../wire/json.ts"
import { BoltAnswer, BoltPrices, RtdsPrices } from "../wire/prices.ts"

/** The lookback windows settle on. */
const AVERAGED_SECONDS = 60

export type PriceFrame =
  | {
      readonly _tag: "Prices"
      readonly kind: "spot" | "average"
      /** Who observed them, as the stream says; empty where it does not. */
      readonly source: string
      readonly ticks: ReadonlyArray<SpotTick>
      /** Frames lost before this one, as far as the stream tells. */
      readonly lost: number
      readonly channel: string
      readonly seq: number | undefined
    }
  | { readonly _tag: "Answer"; readonly op: string; readonly message: string }
  /** Prices of assets that have no windows here, or averaged over another time. */
  | { readonly _tag: "Other" }
  | { readonly _tag: "Bad"; readonly message: string }

const readBoltPrices = decodeJson(BoltPrices)
const readBoltAnswer = decodeJson(BoltAnswer)
const readRtds = decodeJson(RtdsPrices)

const bad = (message: string): PriceFrame => ({ _tag: "Bad", message })
const OTHER: PriceFrame = { _tag: "Other" }

const byStamp = (a: SpotTick, b: SpotTick): number => a.observedAtMs - b.observedAtMs

interface Point {
  readonly timestamp: number | undefined
  readonly value: SpotPrice | undefined
  readonly full_accuracy_value: SpotPrice | undefined
}

/** Observations in the order of their stamps; undefined where one has no stamp or no price. */
const ticksOf = (asset: Asset, points: ReadonlyArray<Point>): ReadonlyArray<SpotTick> | undefined => {
  const ticks: Array<SpotTick> = []
  for (const { full_accuracy_value, timestamp, value } of points) {
    const price = full_accuracy_value ?? value
    if (price === undefined || timestamp === undefined) return undefined
    ticks.push({ asset, price, observedAtMs: timestamp })
  }
  return ticks.sort(byStamp)
}

/** "btcusd" → BTC. */
const assetOfBolt = (symbol: string): Asset | undefined =>
  ASSETS.find((asset) => symbol === `${asset.toLowerCase()}usd`)
/** "btc/usd" → BTC; "btcusdt" is another exchange's price, and none of ours. */
const assetOfRtds = (symbol: string): Asset | undefined =>
  ASSETS.find((asset) => symbol === `${asset.toLowerCase()}/usd`)

export const boltSymbol = (asset: Asset): string => `${asset.toLowerCase()}usd`

const boltPrices = (json: unknown): PriceFrame => {
  const read = readBoltPrices(json)
  if (Either.isLeft(read)) return bad(read.left.message)
  const { channel, dropped, payload, seq } = read.right
  const asset = assetOfBolt(payload.symbol)
  const kind = channel === "price.crypto" ? "spot" : channel === "price.crypto.twap" ? "average" : undefined
  if (asset === undefined || kind === undefined) return OTHER
  if (kind === "average" && (payload.window_seconds ?? AVERAGED_SECONDS) !== AVERAGED_SECONDS) return OTHER
  const ticks = ticksOf(asset, payload.data ?? [payload])
  return ticks === undefined
    ? bad("an observation without a stamp or a price")
    : {
        _tag: "Prices",
        kind,
        source: payload.source ?? "",
        ticks,
        lost: dropped ?? 0,
        channel,
        seq: seq ?? undefined
      }
}

/** A frame of PolyBolt. */
export const readBoltFrame = (text: string): PriceFrame => {
  const parsed = parseJson(text)
  if (Either.isLeft(parsed)) return bad(parsed.left.message)
  const json = parsed.right
  if (typeof json !== "object" || json === null || !("op" in json)) return boltPrices(json)
  return Either.match(readBoltAnswer(json), {
    onLeft: ({ message }) => bad(message),
    onRight: ({ code, error, message, op }) => ({
      _tag: "Answer",
      op,
      message: [code, error, message].filter((part) => typeof part === "string").join(" ")
    })
  })
}

/** A frame of RTDS; what the socket tells besides prices is of no interest. */
export const readRtdsFrame = (text: string): PriceFrame => {
  const parsed = parseJson(text)
  if (Either.isLeft(parsed)) return bad(parsed.left.message)
  const json = parsed.right
  if (typeof json === "object" && json !== null && !("topic" in json)) return OTHER
  const read = readRtds(json)
  if (Either.isLeft(read)) return bad(read.left.message)
  const { payload, topic } = read.right
  const asset = assetOfRtds(payload.symbol)
  // The first frame of the Chainlink topic calls itself `crypto_prices`: the symbol's form tells them apart.
  const kind =
    topic === "crypto_prices_twap_sixty"
      ? "average"
      : topic === "crypto_prices_chainlink" || topic === "crypto_prices"
        ? "spot"
        : undefined
  if (asset === undefined || kind === undefined) return OTHER
  const ticks = ticksOf(asset, payload.data ?? [payload])
  return ticks === undefined
    ? bad("an observation without a stamp or a price")
    : { _tag: "Prices", kind, source: "chainlink", ticks, lost: 0, channel: topic, seq: undefined }
}
