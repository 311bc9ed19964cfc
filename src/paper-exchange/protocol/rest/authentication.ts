/** Who sends a request: level 1 by the wallet's signature, level 2 by an API key's HMAC. */
import { Effect, Either } from "effect"
import { parseAddress } from "../../../protocol/address.ts"
import { recoverClobAuth } from "../../../protocol/l1.ts"
import { isL2Signature } from "../../../protocol/l2.ts"
import type { World } from "../../world/world.ts"
import type { WireRequest, WireResponse } from "../wire.ts"
import { INVALID_L1, UNAUTHORIZED } from "./answers.ts"
import { isSecret } from "./credentials.ts"
import type { RestSettings } from "./options.ts"
import type { Call, Handler } from "./routing.ts"

/** The wallet behind a level-1 request. */
export interface Wallet {
  /** In lower case. */
  readonly address: string
  readonly nonce: string
}

/** The API key behind a level-2 request. */
export interface Caller {
  readonly apiKey: string
  /** The key's address in lower case. */
  readonly address: string
}

const secondsText = /^\d{1,12}$/
const nonceText = /^(0|[1-9]\d{0,77})$/

const isTimely = (timestamp: string, nowMs: number, settings: RestSettings): boolean =>
  secondsText.test(timestamp) &&
  Math.abs(Number(timestamp) - Math.floor(nowMs / 1_000)) <= settings.timestampWindowS

/** The wallet that signed a request's headers; left with the answer where none surely did. */
export const walletOf = (
  { headers }: WireRequest,
  nowMs: number,
  settings: RestSettings
): Either.Either<Wallet, WireResponse> => {
  const address = parseAddress(headers["poly_address"] ?? "")
  const [timestamp = "", nonce = "0"] = [headers["poly_timestamp"], headers["poly_nonce"]]
  if (address === undefined || !nonceText.test(nonce) || BigInt(nonce) >= 2n ** 256n)
    return Either.left(INVALID_L1)
  if (!isTimely(timestamp, nowMs, settings)) return Either.left(INVALID_L1)
  const auth = { chainId: settings.chainId, address, timestamp, nonce: BigInt(nonce) }
  const signed = recoverClobAuth(auth, headers["poly_signature"] ?? "")
  return Either.isRight(signed) && signed.right === address
    ? Either.right({ address: address.toLowerCase(), nonce })
    : Either.left(INVALID_L1)
}

/** The key that vouches for a request; left with the answer where none does. */
export const callerOf = (
  world: World,
  request: WireRequest,
  nowMs: number,
  settings: RestSettings
): Either.Either<Caller, WireResponse> => {
  const { body, headers, method, path } = request
  const key = world.registry.key(headers["poly_api_key"] ?? "")
  const timestamp = headers["poly_timestamp"] ?? ""
  if (key === undefined || headers["poly_address"]?.toLowerCase() !== key.address)
    return Either.left(UNAUTHORIZED)
  const { passphrase, secret } = settings.credentials(key.address, key.nonce)
  const vouched =
    isTimely(timestamp, nowMs, settings) &&
    isSecret(passphrase, headers["poly_passphrase"] ?? "") &&
    isL2Signature(secret, { timestamp, method, path, body }, headers["poly_signature"] ?? "")
  return vouched ? Either.right({ apiKey: key.apiKey, address: key.address }) : Either.left(UNAUTHORIZED)
}

/** A route for API keys that only looks at the world as it is now. */
export const readAs =
  (look: (world: World, nowMs: number, caller: Caller, call: Call) => WireResponse): Handler =>
  (call) =>
    call.rest.keeper.now((world, nowMs) =>
      Either.match(callerOf(world, call.request, nowMs, call.rest.settings), {
        onLeft: (refusal) => refusal,
        onRight: (caller) => look(world, nowMs, caller, call)
      })
    )

/** A route for API keys that does something. */
export const actAs =
  (act: (caller: Caller, call: Call, nowMs: number) => ReturnType<Handler>): Handler =>
  (call) =>
    call.rest.keeper
      .now((world, nowMs) => ({ nowMs, caller: callerOf(world, call.request, nowMs, call.rest.settings) }))
      .pipe(
        Effect.flatMap(({ caller, nowMs }) =>
          Either.match(caller, {
            onLeft: (refusal) => Effect.succeed(refusal),
            onRight: (known) => act(known, call, nowMs)
          })
        )
      )
