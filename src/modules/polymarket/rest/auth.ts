/** Who asks: requests of the wallet itself (level 1), and of its API key (level 2). */
import { Effect, Redacted } from "effect"
import type { ChainId } from "../../../domain/signed-order.ts"
import type { ExchangeError } from "../../../ports/exchange.ts"
import type { Signer, SignerError } from "../../../ports/signer.ts"
import { l1Headers } from "../../../protocol/l1.ts"
import { type ApiCredentials, l2Headers } from "../../../protocol/l2.ts"
import { errorOf } from "../request.ts"
import { WireApiKey } from "../wire/clob.ts"
import type { Ask } from "./ask.ts"
import type { Call, Sign } from "./transport.ts"
import type { VenueTime } from "./venue-time.ts"

/** Signs a request with the API key, by the venue's clock. */
export const signWithKey =
  (address: string, credentials: ApiCredentials, time: VenueTime): Sign =>
  ({ body, method, path }) =>
    Effect.map(time.seconds, (timestamp) =>
      l2Headers(address, credentials, { timestamp, method, path, body: body ?? "" })
    )

const unsigned = (operation: string) => (error: SignerError) =>
  errorOf(operation, { _tag: "AuthFailed" }, `the signer did not sign: ${error.message}`)

const created: Call = { service: "clob", endpoint: "apiKey", method: "POST", path: "/auth/api-key" }
const derived: Call = { service: "clob", endpoint: "apiKey", method: "GET", path: "/auth/derive-api-key" }

/**
 * The wallet's API key of this nonce: made where there is none, read where there is. Fails `AuthFailed` where the venue gives
 * neither.
 */
export const createOrDerive = (
  ask: Ask,
  signer: typeof Signer.Service,
  time: VenueTime,
  chainId: ChainId,
  nonce = 0n
): Effect.Effect<ApiCredentials, ExchangeError> =>
  Effect.gen(function* () {
    const timestamp = yield* time.seconds
    const signature = yield* Effect.mapError(
      signer.signClobAuth({ chainId, timestamp, nonce }),
      unsigned("createApiKey")
    )
    const headers = l1Headers({ chainId, address: signer.address, timestamp, nonce }, signature)
    const sign: Sign = () => Effect.succeed(headers)
    const key = yield* ask.one("createApiKey", created, WireApiKey, sign).pipe(
      Effect.catchIf(
        ({ reason }) => reason._tag === "Refused" || reason._tag === "Undecodable",
        () => ask.one("deriveApiKey", derived, WireApiKey, sign)
      ),
      Effect.catchIf(
        ({ reason }) => reason._tag === "Refused" || reason._tag === "Undecodable",
        (error) =>
          Effect.fail(
            errorOf("deriveApiKey", { _tag: "AuthFailed" }, `the venue gave no API key: ${error.message}`)
          )
      )
    )
    return {
      apiKey: Redacted.make(key.apiKey),
      secret: Redacted.make(key.secret),
      passphrase: Redacted.make(key.passphrase)
    }
  })
