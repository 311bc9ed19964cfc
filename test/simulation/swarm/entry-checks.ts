/** What an entry must find, by what the daemon was truly given. */
import { bestAsk, bestBid } from "../../../src/domain/book.ts"
import type { Intent } from "../../../src/domain/order.ts"
import type { Window } from "../../../src/domain/window.ts"
import { OrderManager } from "../../../src/ports/trading.ts"
import { Context, Effect } from "effect"
import type { Life } from "./life.ts"

/** Between the look at the market and the send: a slow disk, and the tick's own steps. */
const SLACK_MS = 4_000

/** The age of a book is told by the wall clock: one that was put back hides no more of it than the limit itself. */
const mostBookAgeMs = ({ history }: Life): number => {
  const { maxBookAgeMs } = history.config.safety
  return history.weather.injected.has("clock-stepped") ? 2 * maxBookAgeMs : maxBookAgeMs
}

const bookFaults = (life: Life, window: Window): ReadonlyArray<string> =>
  [window.upTokenId, window.downTokenId].flatMap((tokenId) => {
    const given = life.books.get(tokenId)
    if (given === undefined) return ["a book of its window never came"]
    const bid = bestBid(given.book)
    const ask = bestAsk(given.book)
    const ageMs = life.history.nowMs() - given.sinceMs
    return [
      ...(bid === undefined || ask === undefined ? ["a book is empty"] : []),
      ...(bid !== undefined && ask !== undefined && bid.priceTicks >= ask.priceTicks
        ? ["a book is crossed"]
        : []),
      ...(ageMs > mostBookAgeMs(life) + SLACK_MS ? [`a book is ${ageMs} ms old`] : [])
    ]
  })

const timeFaults = (life: Life, intent: Intent, window: Window, daemonMs: number): ReadonlyArray<string> => {
  const { entryMarginMs } = life.history.config.safety
  return [
    ...(daemonMs < window.startMs ? [`it has not begun: ${window.startMs - daemonMs} ms are left`] : []),
    ...(intent.createdAtMs >= window.endMs - entryMarginMs
      ? ["it was decided when the window was about to end"]
      : []),
    ...(daemonMs >= window.endMs ? ["the window is over"] : [])
  ]
}

/** Prices a clock that is somewhat slow takes for fresh: the limit, what may lie ahead, and the source's delay. */
const spotFaults = (life: Life): ReadonlyArray<string> => {
  const { simulator, spot } = life.history.config
  const ageMs = life.history.nowMs() - life.newestSpotMs
  const mostMs = spot.maxAgeMs + spot.maxAheadMs + simulator.spotDelayMs + SLACK_MS
  return ageMs > mostMs ? [`the newest price is ${ageMs} ms old`] : []
}

const unknownFaults = (life: Life, intent: Intent): ReadonlyArray<string> => {
  if (life.services === undefined) return ["it is sent before the first tick"]
  const orders = Effect.runSync(Context.get(life.services, OrderManager).openOrders)
  return orders.some(({ intent: { tokenId }, status }) => tokenId === intent.tokenId && status === "unknown")
    ? ["an order of its instrument has an unknown outcome"]
    : []
}

/** Everything that forbids an entry now. */
export const entryFaults = (
  life: Life,
  intent: Intent,
  window: Window | undefined,
  daemonMs: number
): ReadonlyArray<string> => [
  ...(window === undefined
    ? ["nobody found its window"]
    : [...bookFaults(life, window), ...timeFaults(life, intent, window, daemonMs)]),
  ...spotFaults(life),
  ...unknownFaults(life, intent),
  ...(life.revoked.has("enter") ? ["entries are halted"] : [])
]
