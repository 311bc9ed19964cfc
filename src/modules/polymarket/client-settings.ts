/** Settings of the client of the venue's protocol. The addresses are the venue's own (docs.polymarket.com) unless told otherwise. */
import { Schema } from "effect"
import type { Asset } from "../../domain/asset.ts"
import { addressProblem } from "./rest/outbound.ts"
import type { PriceChannelSettings } from "./streams/price-channel.ts"

const address = (kind: "http" | "ws", value: string, description: string) =>
  Schema.optionalWith(
    Schema.String.pipe(
      Schema.filter(
        (text) =>
          addressProblem(text, kind) ?? (text.endsWith("/") ? `${text}: leave out the last slash` : true)
      ),
      Schema.annotations({ description })
    ),
    { default: () => value }
  )

const milliseconds = (value: number, description: string) =>
  Schema.optionalWith(
    Schema.Int.pipe(
      Schema.between(0, 600_000),
      Schema.annotations({ description: `${description} Milliseconds (0..600000).` })
    ),
    { default: () => value }
  )

const Addresses = Schema.Struct({
  clob: address("http", "https://clob.polymarket.com", "The order book's REST service."),
  gamma: address("http", "https://gamma-api.polymarket.com", "The discovery service."),
  data: address("http", "https://data-api.polymarket.com", "The service that tells positions."),
  site: address(
    "http",
    "https://polymarket.com",
    "The site, which tells whether orders are taken from here."
  ),
  marketSocket: address("ws", "wss://ws-subscriptions-clob.polymarket.com/ws/market", "The market channel."),
  userSocket: address("ws", "wss://ws-subscriptions-clob.polymarket.com/ws/user", "The user channel."),
  priceSocket: address("ws", "wss://ws-live-v2.polymarket.com/ws", "The reference-price stream.")
})

export const ClientSettings = Schema.Struct({
  addresses: Schema.optionalWith(Addresses, { default: () => Schema.decodeSync(Addresses)({}) }),
  priceFeed: Schema.optionalWith(
    Schema.Literal("polybolt", "rtds").annotations({
      description:
        "Which protocol the reference-price stream speaks: polybolt, or rtds, the older one without a key."
    }),
    { default: () => "polybolt" as const }
  ),
  spotSources: Schema.optionalWith(
    Schema.NonEmptyArray(Schema.Literal("chainlink", "pyth", "massive")).annotations({
      description:
        "Whose spot prices are taken. Windows settle on chainlink's; another one's differ from them, so take those only knowingly."
    }),
    { default: () => ["chainlink"] as const }
  ),
  requestWaitMs: milliseconds(
    2_000,
    "How long a request may wait for its turn within the venue's rate limits."
  ),
  takerHoldMs: milliseconds(150, "How long the venue holds a taker's order on markets that say they do."),
  marketSilenceMs: milliseconds(15_000, "Silence of the market channel after which it is opened anew."),
  priceSilenceMs: milliseconds(
    12_000,
    "Silence of the reference-price stream after which it is opened anew."
  ),
  heartbeat: Schema.optionalWith(
    Schema.Boolean.annotations({
      description:
        "Whether the venue is told that the loop goes on, so that it cancels our orders 10 s after the loop stopped."
    }),
    { default: () => false }
  ),
  geoblockCheck: Schema.optionalWith(
    Schema.Boolean.annotations({
      description: "Whether the site is asked at start if orders are taken from here."
    }),
    { default: () => false }
  )
})
export type ClientSettings = typeof ClientSettings.Type

/** The reference-price stream of the settings, for the assets whose prices are wanted. */
export const priceChannelOf = (
  settings: Pick<ClientSettings, "addresses" | "priceFeed" | "priceSilenceMs" | "spotSources">,
  assets: ReadonlySet<Asset>
): PriceChannelSettings => ({
  url: settings.addresses.priceSocket,
  feed: settings.priceFeed,
  assets,
  spotSources: new Set(settings.spotSources),
  dataWithinMs: settings.priceSilenceMs
})
