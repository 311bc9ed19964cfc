/** Orders of which our record and the venue's word do not agree, or whose outcome is not known, and for how long. */
import type { Verdict } from "../../domain/order-verdict.ts"
import type { Order, OrderId } from "../../domain/order.ts"
import type { TokenId } from "../../domain/window.ts"
import type { Settings } from "./settings.ts"

/** Verdicts that do not pass by taking the venue's word in. */
const TROUBLES: ReadonlySet<Verdict> = new Set(["behind", "stray", "clash", "over"])
/** Orders remembered; the oldest trouble is about a window that is long over. */
const MAX_TROUBLES = 1_024

interface Trouble {
  readonly verdict: Verdict
  readonly sinceMs: number
}

/** Times are of the monotonic clock, in milliseconds. */
export class Troubles {
  readonly #settings: Pick<typeof Settings.Type, "escalateAfterMs" | "unknownAlertMs">
  readonly #troubles = new Map<OrderId, Trouble>()
  readonly #unknown = new Map<OrderId, { readonly sinceMs: number; told: boolean }>()

  constructor(settings: Pick<typeof Settings.Type, "escalateAfterMs" | "unknownAlertMs">) {
    this.#settings = settings
  }

  /** What the venue's word of an order came to; the same trouble lasts from its first time on. */
  judged(orderId: OrderId, verdict: Verdict, nowMs: number): void {
    const known = this.#troubles.get(orderId)
    if (!TROUBLES.has(verdict)) this.#troubles.delete(orderId)
    else if (known?.verdict !== verdict) this.#troubles.set(orderId, { verdict, sinceMs: nowMs })
    const [oldest] = this.#troubles.keys()
    if (this.#troubles.size > MAX_TROUBLES && oldest !== undefined) this.#troubles.delete(oldest)
  }

  /** Is it a trouble that does not pass by itself, or has not for long? */
  isEscalated(orderId: OrderId, nowMs: number): boolean {
    const trouble = this.#troubles.get(orderId)
    if (trouble === undefined) return false
    return trouble.verdict !== "behind" || nowMs - trouble.sinceMs >= this.#settings.escalateAfterMs
  }

  /** Instruments of these orders in which nothing may be entered, each with its reason. */
  barred(orders: ReadonlyArray<Order>, nowMs: number): ReadonlyMap<TokenId, string> {
    const reasons = new Map<TokenId, string>()
    for (const { intent, orderId, status } of orders) {
      if (status === "unknown") {
        reasons.set(intent.tokenId, "an order of the instrument has an unknown outcome")
      } else if (this.isEscalated(orderId, nowMs)) {
        const verdict = this.#troubles.get(orderId)?.verdict ?? ""
        reasons.set(intent.tokenId, `our record of order ${orderId} and the venue's differ: ${verdict}`)
      }
    }
    return reasons
  }

  /** Of these orders those whose outcome has not been known for long, each once. */
  longUnknown(orders: ReadonlyArray<Order>, nowMs: number): ReadonlyArray<Order> {
    const unknown = orders.filter(({ status }) => status === "unknown")
    const ids = new Set(unknown.map(({ orderId }) => orderId))
    for (const orderId of this.#unknown.keys()) if (!ids.has(orderId)) this.#unknown.delete(orderId)
    return unknown.filter(({ orderId }) => {
      const since = this.#unknown.get(orderId) ?? { sinceMs: nowMs, told: false }
      this.#unknown.set(orderId, since)
      if (since.told || nowMs - since.sinceMs < this.#settings.unknownAlertMs) return false
      since.told = true
      return true
    })
  }
}
