/** An exchange that lists every window on the grid, and a journal; answers can be replaced, and calls are kept. */
import { Effect, Either, Layer, Option, Schema } from "effect"
import type { Asset } from "../../../src/domain/asset.ts"
import { NO_FEES } from "../../../src/domain/fees.ts"
import { microShares, priceTicks, spotPrice } from "../../../src/domain/money.ts"
import { formatSlug, windowEnd, windowStart } from "../../../src/domain/slug.ts"
import {
  ConditionId,
  type Interval,
  type Resolution,
  TokenId,
  type Window
} from "../../../src/domain/window.ts"
import { Settings, layerConfig } from "../../../src/modules/window-manager/window-manager.ts"
import { Exchange, ExchangeError, type ExchangeReason } from "../../../src/ports/exchange.ts"
import { Persistence } from "../../../src/ports/persistence.ts"
import { WindowManager } from "../../../src/ports/trading.ts"

export const defaults = Schema.decodeSync(Settings)({})
export const t0 = 1_773_771_300_000

export const windowAt = (asset: Asset, interval: Interval, atMs: number): Window => {
  const startMs = windowStart(interval, atMs)
  const slug = Either.getOrThrow(formatSlug({ asset, interval, startMs }))
  return {
    slug,
    asset,
    interval,
    startMs,
    endMs: windowEnd(interval, startMs),
    conditionId: ConditionId.make(`0x-${slug}`),
    upTokenId: TokenId.make(`${slug}-up`),
    downTokenId: TokenId.make(`${slug}-down`),
    tickSizeTicks: priceTicks(100),
    minSizeMicroShares: microShares(5_000_000),
    fees: NO_FEES,
    rule: { _tag: "ChainlinkSpot" }
  }
}

export const resolutionOf = (window: Window): Resolution => ({
  slug: window.slug,
  conditionId: window.conditionId,
  outcome: "Up",
  openPrice: Option.none(),
  closePrice: Option.none(),
  resolvedAtMs: window.endMs
})

export const failing = (reason: ExchangeReason, message = "no") =>
  new ExchangeError({ module: "polymarket", operation: "test", message, reason })

/** The venue's "there is none". */
export const nothing = Effect.sync(() => undefined)

type Answers = Pick<typeof Exchange.Service, "findWindow" | "priceToBeat" | "resolution" | "follow" | "book">

/** What the exchange and the journal were asked and told. */
export interface Calls {
  readonly found: Array<string>
  readonly asked: Array<string>
  readonly followed: Array<ReadonlyArray<string>>
  readonly recorded: Array<string>
}

export const newCalls = (): Calls => ({ found: [], asked: [], followed: [], recorded: [] })

/** Runs a body with a window-manager over such an exchange and a journal that holds these windows. */
export const withManager = <A, E>(
  given: {
    readonly answers?: Partial<Answers>
    readonly settings?: Partial<typeof Settings.Type>
    readonly journal?: ReadonlyArray<Window>
    readonly calls?: Calls
  },
  body: (manager: typeof WindowManager.Service) => Effect.Effect<A, E>
) => {
  const calls = given.calls ?? newCalls()
  const answers: Answers = {
    findWindow: (asset, interval, atMs) => Effect.succeed(windowAt(asset, interval, atMs)),
    priceToBeat: () => Effect.succeed(spotPrice(1)),
    resolution: (window) => Effect.succeed(resolutionOf(window)),
    follow: () => Effect.void,
    book: () => nothing,
    ...given.answers
  }
  const noted = <B, X>(list: Array<B>, entry: B, effect: Effect.Effect<X, ExchangeError>) =>
    Effect.zipRight(
      Effect.sync(() => list.push(entry)),
      effect
    )
  const exchange = Layer.mock(Exchange, {
    account: "test",
    priceToBeat: answers.priceToBeat,
    book: answers.book,
    findWindow: (asset, interval, atMs) =>
      noted(calls.found, `${asset} ${interval} ${atMs}`, answers.findWindow(asset, interval, atMs)),
    resolution: (window) => noted(calls.asked, window.slug, answers.resolution(window)),
    follow: (windows) =>
      noted(
        calls.followed,
        windows.map(({ slug }) => slug),
        answers.follow(windows)
      )
  })
  const persistence = Layer.mock(Persistence, {
    path: "test",
    load: Effect.succeed({
      orders: [],
      fills: [],
      positions: [],
      windows: given.journal ?? [],
      lastTickAtMs: undefined,
      tickCount: 0
    }),
    recordWindow: (window) => Effect.sync(() => void calls.recorded.push(window.slug))
  })
  return Effect.flatMap(WindowManager, body).pipe(
    Effect.provide(
      layerConfig({ ...defaults, ...given.settings }).pipe(Layer.provide(Layer.merge(exchange, persistence)))
    )
  )
}
