import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, Exit, Redacted, Schema } from "effect"
import { inspect } from "node:util"
import { environmentLayer, variableName } from "../../../../src/config/environment.ts"
import { loadConfig } from "../../../../src/config/load.ts"
import { makeSecretRegistry } from "../../../../src/modules/logger/secrets.ts"
import { type Credentials, loadCredentials } from "../../../../src/modules/polymarket/wallet/credentials.ts"
import { WalletSettings } from "../../../../src/modules/polymarket/wallet/settings.ts"

/** The first account of Hardhat and Anvil: a key that everybody knows. */
const KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
const FUNDER = "0x2222222222222222222222222222222222222222"
const API = {
  apiKey: "canary-key-0001",
  apiSecret: "Y2FuYXJ5LXNlY3JldC0wMDAx",
  apiPassphrase: "canary-pass-0001"
}
const SECRETS = [KEY, ...Object.values(API)]

type Given = typeof WalletSettings.Encoded

const OWN_USER = process.getuid?.()

const load = (given: Given, ownUserId = OWN_USER) =>
  loadCredentials(Schema.decodeSync(WalletSettings)(given), { ownUserId, register: () => undefined })

/** Redacted values are equal to any other for a test: what they hold is compared. */
const opened = ({ account, address, api, privateKey }: Credentials) => ({
  account,
  address,
  privateKey: Redacted.value(privateKey),
  api: api && [api.apiKey, api.secret, api.passphrase].map((secret) => Redacted.value(secret))
})

const outcome = (given: Given, ownUserId?: number) => Effect.either(load(given, ownUserId))

const messageOf = (result: Either.Either<unknown, { readonly message: string }>): string =>
  Either.isLeft(result) ? result.left.message : "accepted"

/** A file of that content and mode in a folder of its own. */
const keyFile = (content: unknown, mode = 0o600) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = `${yield* fs.makeTempDirectoryScoped()}/key.json`
    yield* fs.writeFileString(path, typeof content === "string" ? content : JSON.stringify(content))
    yield* fs.chmod(path, mode)
    return path
  })

const expectNoSecret = (text: string) => {
  for (const secret of SECRETS) expect(text.toLowerCase()).not.toContain(secret.toLowerCase())
}

it.layer(NodeContext.layer)("credentials", (layered) => {
  layered.effect.each([`0x${KEY}`, KEY, KEY.toUpperCase()])(
    "a private key (%#) – its account, no API key",
    (privateKey) =>
      Effect.gen(function* () {
        const { account, address, api } = yield* load({ privateKey })
        expect(address).toBe(ADDRESS)
        expect(account).toStrictEqual({ maker: ADDRESS, signer: ADDRESS, signatureType: 0 })
        expect(api).toBeUndefined()
      })
  )

  layered.effect.each([1, 2, 3] as const)("signature type %i – the funder's orders", (signatureType) =>
    Effect.gen(function* () {
      const { account, address } = yield* load({ privateKey: KEY, signatureType, funderAddress: FUNDER })
      expect(address).toBe(ADDRESS)
      const signer = signatureType === 3 ? FUNDER : ADDRESS
      expect(account).toStrictEqual({ maker: FUNDER, signer, signatureType })
    })
  )

  layered.scoped("a key file – the same as the environment, in all it holds", () =>
    Effect.gen(function* () {
      const path = yield* keyFile({ privateKey: `0x${KEY}`, ...API })
      const [file, environment] = [yield* load({ keyFile: path }), yield* load({ privateKey: KEY, ...API })]
      expect(opened(file)).toStrictEqual(opened(environment))
      expect(opened(file)).toMatchObject({
        privateKey: KEY,
        api: [API.apiKey, API.apiSecret, API.apiPassphrase]
      })
    })
  )

  layered.effect(
    "through the configuration – the variables the messages name are the ones that are read",
    () =>
      Effect.gen(function* () {
        const names = ["privateKey", "apiKey", "apiSecret", "apiPassphrase"] as const
        const variables = names.map((name) => variableName(["polymarket", "wallet", name]))
        const missing = yield* outcome({ apiKey: API.apiKey, privateKey: KEY })
        for (const variable of variables.slice(2)) expect(messageOf(missing)).toContain(variable)
        expect(messageOf(yield* outcome({}))).toContain(variables[0])
        const schema = Schema.Struct({ polymarket: Schema.Struct({ wallet: WalletSettings }) })
        const values = [KEY, API.apiKey, API.apiSecret, API.apiPassphrase]
        const environment = Object.fromEntries(variables.map((variable, index) => [variable, values[index]]))
        const config = yield* loadConfig({ schema, layers: [environmentLayer(schema, environment)] })
        const loaded = yield* loadCredentials(config.polymarket.wallet, {
          ownUserId: OWN_USER,
          register: () => undefined
        })
        expect(opened(loaded)).toStrictEqual(opened(yield* load({ privateKey: KEY, ...API })))
      })
  )

  layered.effect.each([
    ["no key at all", {}, "no private key"],
    ["a short key", { privateKey: KEY.slice(1) }, "64 hex digits"],
    ["a key beyond the curve", { privateKey: "f".repeat(64) }, "within the order of secp256k1"],
    ["a key of zero", { privateKey: "0".repeat(64) }, "within the order of secp256k1"],
    ["no hex", { privateKey: `${KEY.slice(0, 63)}g` }, "64 hex digits"],
    [
      "a proxy without a funder",
      { privateKey: KEY, signatureType: 1 },
      "needs polymarket.wallet.funderAddress"
    ],
    [
      "a wallet without a funder",
      { privateKey: KEY, signatureType: 3 },
      "needs polymarket.wallet.funderAddress"
    ],
    [
      "another's funds for a plain account",
      { privateKey: KEY, funderAddress: FUNDER },
      "set signatureType to 1, 2 or 3"
    ],
    ["half an API key", { privateKey: KEY, apiSecret: API.apiSecret }, "apiKey and apiPassphrase missing"],
    [
      "an API secret of another alphabet",
      { privateKey: KEY, ...API, apiSecret: "canary secret!" },
      "apiSecret is base64"
    ],
    [
      "an API key with a line break",
      { privateKey: KEY, ...API, apiKey: "canary\r\nX: 1" },
      "printable characters"
    ]
  ] satisfies ReadonlyArray<readonly [string, Given, string]>)(
    "%s – one message that says what to do",
    ([, given, words]) =>
      Effect.gen(function* () {
        const message = messageOf(yield* outcome(given))
        expect(message).toContain(words)
        expectNoSecret(message)
      })
  )

  layered.scoped("the same secret from two sources – refused, and both are named", () =>
    Effect.gen(function* () {
      const path = yield* keyFile({ privateKey: KEY })
      const message = messageOf(yield* outcome({ privateKey: KEY, keyFile: path }))
      expect(message).toContain("TRADEWIND_POLYMARKET__WALLET__PRIVATE_KEY")
      expect(message).toContain(path)
      expectNoSecret(message)
      const split = yield* load({ keyFile: path, ...API })
      expect(split.api).toBeDefined()
    })
  )
})

it.layer(NodeContext.layer)("key file", (layered) => {
  layered.effect.each([0o600, 0o400, 0o700])("mode %i – read", (mode) =>
    Effect.scoped(
      Effect.gen(function* () {
        expect(messageOf(yield* outcome({ keyFile: yield* keyFile({ privateKey: KEY }, mode) }))).toBe(
          "accepted"
        )
      })
    )
  )

  layered.effect.each([0o640, 0o604, 0o660, 0o606, 0o644, 0o666, 0o777, 0o620, 0o602, 0o610, 0o601])(
    "mode %i – refused with the mode and the chmod to run",
    (mode) =>
      Effect.scoped(
        Effect.gen(function* () {
          const path = yield* keyFile({ privateKey: KEY }, mode)
          const message = messageOf(yield* outcome({ keyFile: path }))
          expect(message).toContain(`its mode is 0${mode.toString(8)}`)
          expect(message).toContain(`chmod 600 ${path}`)
          expectNoSecret(message)
        })
      )
  )

  layered.scoped("another's file – refused with both users", () =>
    Effect.gen(function* () {
      const path = yield* keyFile({ privateKey: KEY })
      const message = messageOf(yield* outcome({ keyFile: path }, (OWN_USER ?? 0) + 1))
      expect(message).toContain(
        `it belongs to user ${OWN_USER}, and the daemon runs as ${(OWN_USER ?? 0) + 1}`
      )
    })
  )

  layered.scoped("a symbolic link, a folder, nothing, too much – refused with the path", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* keyFile({ privateKey: KEY })
      yield* fs.symlink(path, `${path}.link`)
      yield* fs.makeDirectory(`${path}.folder`, { mode: 0o700 })
      const large = yield* keyFile(JSON.stringify({ privateKey: KEY }) + " ".repeat(20_000))
      for (const [keyFilePath, words] of [
        [`${path}.link`, "it is a symbolic link"],
        [`${path}.folder`, "it is not a plain file"],
        [`${path}.none`, "there is no such file"],
        [large, "it is larger than"]
      ] as const) {
        const message = messageOf(yield* outcome({ keyFile: keyFilePath }))
        expect(message).toContain(`key file ${keyFilePath}: ${words}`)
      }
    })
  )

  layered.effect.each([
    ["no JSON", `{"privateKey": "${KEY}"`, "it does not fit"],
    ["another form", JSON.stringify([KEY]), "it does not fit"],
    ["no key in it", JSON.stringify(API), "privateKey does not fit"],
    ["a number for a key", JSON.stringify({ privateKey: 7 }), "privateKey does not fit"],
    [
      "a key of another name",
      JSON.stringify({ privateKey: KEY, mnemonic: API.apiKey }),
      "mnemonic does not fit"
    ],
    ["nothing in it", "", "it does not fit"]
  ])("%s – refused with the fields and the form, and without what they hold", ([, content, words]) =>
    Effect.scoped(
      Effect.gen(function* () {
        const path = yield* keyFile(content)
        const result = yield* outcome({ keyFile: path })
        expect(messageOf(result)).toContain(`key file ${path}: ${words}`)
        expect(messageOf(result)).toContain("the form is")
        expectNoSecret(`${messageOf(result)} ${inspect(result, { depth: 20 })} ${JSON.stringify(result)}`)
      })
    )
  )
})

describe("secrets", () => {
  const shows = (value: unknown): string =>
    [
      String(value),
      JSON.stringify(value),
      inspect(value, { depth: 20, showHidden: true }),
      inspect({ ...(value as object) })
    ].join(" ")

  it.effect("credentials and settings, shown in any way – no secret", () =>
    Effect.gen(function* () {
      const settings = Schema.decodeSync(WalletSettings)({ privateKey: KEY, ...API })
      const credentials: Credentials = yield* load({ privateKey: KEY, ...API })
      for (const value of [settings, credentials, { nested: [credentials] }, Exit.fail(credentials)]) {
        expectNoSecret(shows(value))
      }
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scoped("every secret is registered before anything can go wrong with it – the log blots it out", () =>
    Effect.gen(function* () {
      for (const source of ["environment", "file"] as const) {
        const registry = makeSecretRegistry()
        const secrets = { privateKey: `0x${KEY}`, ...API, apiSecret: "canary secret!" }
        const given = source === "file" ? { keyFile: yield* keyFile(secrets) } : secrets
        const result = yield* Effect.either(
          loadCredentials(Schema.decodeSync(WalletSettings)(given), {
            ownUserId: OWN_USER,
            register: registry.register
          })
        )
        expect(Either.isLeft(result)).toBe(true)
        for (const secret of [...Object.values(secrets), KEY, KEY.toUpperCase()]) {
          expect(registry.redact(`a line with ${secret} in it`)).toBe("a line with <redacted> in it")
        }
      }
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
