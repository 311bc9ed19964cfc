/** API keys: made and read by a wallet (level 1), listed and deleted by a key (level 2). */
import { Effect, Either, Redacted } from "effect"
import type { Operation } from "../../world/operations.ts"
import type { World } from "../../world/world.ts"
import { failure, json } from "./answers.ts"
import { actAs, readAs, walletOf } from "./authentication.ts"
import type { Credentials } from "./credentials.ts"
import { type Handler, type Route, del, get, post, read } from "./routing.ts"

/** Keys one address may have. */
const MAX_KEYS_PER_ADDRESS = 100

const shown = ({ apiKey, passphrase, secret }: Credentials) => ({
  apiKey,
  secret: Redacted.value(secret),
  passphrase: Redacted.value(passphrase)
})

const mayCreate = (world: World, address: string, apiKey: string): boolean =>
  world.registry.key(apiKey) === undefined &&
  !world.registry.isFull &&
  world.registry.keysOf(address).length < MAX_KEYS_PER_ADDRESS

/** Makes the key of a nonce that has none, and with an address's first key its account. */
const create: Handler = ({ request, rest }) =>
  rest.keeper.ask((world, nowMs) => {
    const { startCashUsd } = rest.settings
    const wallet = walletOf(request, nowMs, rest.settings)
    if (Either.isLeft(wallet)) return { operations: [], answer: () => wallet.left }
    const { address, nonce } = wallet.right
    const credentials = rest.settings.credentials(address, nonce)
    const { apiKey } = credentials
    if (!mayCreate(world, address, apiKey))
      return { operations: [], answer: () => failure(400, "Could not create api key") }
    const operations: ReadonlyArray<Operation> = [
      { _tag: "OpenAccount", account: address, cashMicroUsd: startCashUsd },
      { _tag: "CreateKey", address, nonce, apiKey }
    ]
    return { operations, answer: () => json(shown(credentials)) }
  })

const derive = read((world, nowMs, { request, rest }) =>
  Either.match(walletOf(request, nowMs, rest.settings), {
    onLeft: (refusal) => refusal,
    onRight: ({ address, nonce }) => {
      const credentials = rest.settings.credentials(address, nonce)
      return world.registry.key(credentials.apiKey) === undefined
        ? failure(400, "Could not derive api key!")
        : json(shown(credentials))
    }
  })
)

const list = readAs((world, _, { address }) =>
  json({ apiKeys: world.registry.keysOf(address).map(({ apiKey }) => apiKey) })
)

const remove = actAs(({ apiKey }, { rest }) =>
  Effect.map(
    rest.keeper.ask(() => ({ operations: [{ _tag: "DeleteKey", apiKey }], answer: () => "OK" })),
    (text) => json(text)
  )
)

const closedOnly = readAs((_world, _nowMs, { address }, { rest }) =>
  json({ closed_only: rest.conditions.isClosedOnly(address) })
)

export const keyRoutes: ReadonlyArray<Route> = [
  post("/auth/api-key", create),
  del("/auth/api-key", remove),
  get("/auth/derive-api-key", derive),
  get("/auth/api-keys", list),
  get("/auth/ban-status/closed-only", closedOnly)
]
