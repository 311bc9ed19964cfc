// The venue's client, with a fault.
import { Effect, Layer } from "effect"
import * as real from "../../../../dist/lib/modules/polymarket/polymarket.js"
import { Exchange, ExchangeError } from "../../../../dist/lib/ports/exchange.js"

export const { Settings } = real

const unavailable = new ExchangeError({
  module: "polymarket",
  operation: "balances",
  message: "no answer",
  reason: { _tag: "Unavailable" }
})
const authFailed = new ExchangeError({
  module: "polymarket",
  operation: "cashMicroUsd",
  message: "the key was revoked",
  reason: { _tag: "AuthFailed" }
})

/** Calls that go well before the key is revoked. */
const SOUND_CALLS = 3

const FAULTS = {
  "no balances": (exchange) => ({ ...exchange, balances: Effect.fail(unavailable) }),
  "key revoked": (exchange) => {
    let calls = 0
    const { cashMicroUsd } = exchange
    return {
      ...exchange,
      cashMicroUsd: Effect.suspend(() =>
        ++calls === SOUND_CALLS + 1 ? Effect.fail(authFailed) : cashMicroUsd
      )
    }
  }
}

export const layerConfig = (settings) => {
  const fault = FAULTS[process.env.FAULT]
  const sound = real.layerConfig(settings)
  return fault === undefined
    ? sound
    : Layer.provide(Layer.effect(Exchange, Effect.map(Exchange, fault)), sound)
}
