/** Settings of the venue's client. */
import { Schema } from "effect"
import { ClientSettings } from "./client-settings.ts"
import { WalletSettings } from "./wallet/settings.ts"

const timeoutMs = (defaultMs: number, description: string) =>
  Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 600_000)).annotations({ description }), {
    default: () => defaultMs
  })

export const Settings = Schema.Struct({
  ...ClientSettings.fields,
  wallet: Schema.optionalWith(WalletSettings, { default: () => Schema.decodeSync(WalletSettings)({}) }),
  orderTimeoutMs: timeoutMs(
    10_000,
    "How long the answer to an order may take before its outcome counts as unknown, milliseconds (1..600000)."
  ),
  requestTimeoutMs: timeoutMs(
    5_000,
    "How long the answer to any other request may take before it counts as failed, milliseconds (1..600000)."
  ),
  bookTimeoutMs: timeoutMs(
    500,
    "How long a reader waits for a book before it gets the last one, with its age, milliseconds (1..600000)."
  )
})
