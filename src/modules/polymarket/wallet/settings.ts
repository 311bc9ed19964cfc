/** Whose orders are signed, and where the key to sign them is. */
import { Schema } from "effect"
import { SignatureType } from "../../../domain/signed-order.ts"
import { isAddress } from "../../../protocol/address.ts"

/** Secrets come from the environment or from the key file, never from a configuration file. */
const secret = (description: string) =>
  Schema.optional(Schema.Redacted(Schema.NonEmptyString).annotations({ description }))

const FunderAddress = Schema.String.pipe(
  Schema.filter(isAddress, {
    message: () => "expected an address: 0x, 40 hex digits, and the checksum where the case is mixed"
  })
)

export const WalletSettings = Schema.Struct({
  signatureType: Schema.optionalWith(
    SignatureType.annotations({
      description:
        "Who holds the funds: 0 the key's own account, 1 a proxy (email login), 2 a Safe (browser wallet), 3 a deposit wallet."
    }),
    { default: () => 0 as const }
  ),
  funderAddress: Schema.optionalWith(
    Schema.NullOr(FunderAddress).annotations({
      description: "The account that holds the funds, for signature types 1 to 3; null for 0."
    }),
    { default: () => null }
  ),
  keyFile: Schema.optionalWith(
    Schema.NullOr(Schema.NonEmptyString).annotations({
      description:
        "JSON file with the private key, and the API key where there is one, readable by its owner alone."
    }),
    { default: () => null }
  ),
  privateKey: secret("The private key, 64 hex digits; from the environment only."),
  apiKey: secret("The API key; from the environment only. Without it one is derived from the private key."),
  apiSecret: secret("The API key's secret in base64; from the environment only."),
  apiPassphrase: secret("The API key's passphrase; from the environment only.")
})
