/** What to sign with and for whom: from the environment or a key file, checked before anything starts. */
import type * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Either, Redacted, Schema } from "effect"
import { type Address, type OrderAccount, plainAccount } from "../../../domain/signed-order.ts"
import { sameAddress } from "../../../protocol/address.ts"
import { ApiCredentials } from "../../../protocol/l2.ts"
import { DEPOSIT_WALLET } from "../../../protocol/order-signature.ts"
import { accountOf, isPrivateKey } from "../../../protocol/signatures.ts"
import { type CredentialsInvalid, credentialsInvalid } from "./credentials-invalid.ts"
import { readKeyFile } from "./key-file.ts"
import type { WalletSettings } from "./settings.ts"

type Secret = Redacted.Redacted<string>

export interface Credentials {
  /** 64 hex digits. */
  readonly privateKey: Secret
  /** The key's own account. */
  readonly address: Address
  readonly account: OrderAccount
  /** Undefined where none was given: it can be derived with the private key. */
  readonly api: ApiCredentials | undefined
}

/** What loading needs of its surroundings. */
export interface Surroundings {
  /** The user the process runs as; undefined where the system has none. */
  readonly ownUserId: number | undefined
  /** Told of every secret before anything else is done with it. */
  readonly register: (secret: Secret) => void
}

const NAMES = ["privateKey", "apiKey", "apiSecret", "apiPassphrase"] as const
type Secrets = { readonly [Name in (typeof NAMES)[number]]?: Secret | undefined }

const variableOf = (name: (typeof NAMES)[number]): string =>
  `TRADEWIND_POLYMARKET__WALLET__${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`

const oneSource = (
  environment: Secrets,
  file: Secrets,
  path: string | null
): Either.Either<Secrets, CredentialsInvalid> => {
  const twice = NAMES.filter((name) => environment[name] !== undefined && file[name] !== undefined)
  return twice.length === 0
    ? Either.right(Object.fromEntries(NAMES.map((name) => [name, file[name] ?? environment[name]])))
    : Either.left(
        credentialsInvalid(
          `${twice.join(", ")}: given by the environment (${twice.map(variableOf).join(", ")}) and by key file ${path}; take one out`
        )
      )
}

const keyBytes = (privateKey: Secret): Buffer | undefined => {
  const digits = /^(?:0x)?([0-9a-f]{64})$/i.exec(Redacted.value(privateKey))?.[1]
  const bytes = digits === undefined ? undefined : Buffer.from(digits, "hex")
  return bytes !== undefined && isPrivateKey(bytes) ? bytes : undefined
}

const apiOf = (secrets: Secrets): Either.Either<ApiCredentials | undefined, CredentialsInvalid> => {
  const names = NAMES.filter((name) => name !== "privateKey")
  const missing = names.filter((name) => secrets[name] === undefined)
  if (missing.length === names.length) return Either.right(undefined)
  if (missing.length > 0) {
    return Either.left(
      credentialsInvalid(
        `${missing.join(" and ")} missing: an API key is three secrets; give all (${missing.map(variableOf).join(", ")}), or none to derive one`
      )
    )
  }
  const [apiKey, secret, passphrase] = names.map((name) => secrets[name])
  const decoded = Schema.validateEither(ApiCredentials)({ apiKey, secret, passphrase })
  return Either.mapLeft(decoded, () =>
    credentialsInvalid(
      "the API key does not fit: apiKey and apiPassphrase are printable characters without blanks, apiSecret is base64, each up to 256"
    )
  )
}

const accountFor = (
  address: Address,
  { funderAddress, signatureType }: typeof WalletSettings.Type
): Either.Either<OrderAccount, CredentialsInvalid> => {
  if (signatureType === 0) {
    return funderAddress === null || sameAddress(funderAddress, address)
      ? Either.right(plainAccount(address))
      : Either.left(
          credentialsInvalid(
            `polymarket.wallet.funderAddress is ${funderAddress}, but with signatureType 0 the key's own account ${address} holds the funds: set signatureType to 1, 2 or 3, or funderAddress to null`
          )
        )
  }
  if (funderAddress === null) {
    return Either.left(
      credentialsInvalid(
        `polymarket.wallet.signatureType ${signatureType} needs polymarket.wallet.funderAddress, the account that holds the funds`
      )
    )
  }
  const signer = signatureType === DEPOSIT_WALLET ? funderAddress : address
  return Either.right({ maker: funderAddress, signer, signatureType })
}

/** Reads and checks all that signing needs. Fails with one message, which names what is wrong and holds no secret. */
export const loadCredentials = (
  settings: typeof WalletSettings.Type,
  { ownUserId, register }: Surroundings
): Effect.Effect<Credentials, CredentialsInvalid, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const remember = (secrets: Secrets) => {
      for (const name of NAMES) if (secrets[name] !== undefined) register(secrets[name])
    }
    remember(settings)
    const file: Secrets =
      settings.keyFile === null ? {} : yield* Effect.tap(readKeyFile(settings.keyFile, ownUserId), remember)
    const secrets = yield* oneSource(settings, file, settings.keyFile)
    if (secrets.privateKey === undefined) {
      return yield* credentialsInvalid(
        `no private key: set ${variableOf("privateKey")}, or name a key file in polymarket.wallet.keyFile`
      )
    }
    const bytes = keyBytes(secrets.privateKey)
    if (bytes === undefined) {
      return yield* credentialsInvalid(
        "the private key does not fit: 64 hex digits within the order of secp256k1, with or without 0x"
      )
    }
    const address = accountOf(bytes)
    bytes.fill(0)
    return {
      privateKey: Redacted.make(Redacted.value(secrets.privateKey).replace(/^0x/i, "")),
      address,
      account: yield* accountFor(address, settings),
      api: yield* apiOf(secrets)
    }
  })
