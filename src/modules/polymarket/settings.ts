/** Settings of the venue's client. */
import { Schema } from "effect"
import type { Address } from "../../domain/signed-order.ts"
import { isAddress } from "../../protocol/address.ts"

const timeoutMs = (defaultMs: number, description: string) =>
  Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 600_000)).annotations({ description }), {
    default: () => defaultMs
  })

/** The first account of Hardhat and Anvil: its key is public, so it is good for paper only. */
const PAPER_ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

const AccountAddress = Schema.String.pipe(
  Schema.filter(isAddress, {
    message: () => "expected an address: 0x, 40 hex digits, and the checksum where the case is mixed"
  })
)

export const Settings = Schema.Struct({
  accountAddress: Schema.optionalWith(
    AccountAddress.annotations({
      description:
        "The account orders are made for, 0x and 40 hex digits. The default is a public test account, for paper only."
    }),
    { default: (): Address => PAPER_ACCOUNT }
  ),
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
