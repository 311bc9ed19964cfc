/** The key file: read only where nobody but its owner, who is us, could have read or written it. */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Option, ParseResult, Schema } from "effect"
import { type CredentialsInvalid, credentialsInvalid } from "./credentials-invalid.ts"

/** Larger files hold something else. */
const MAX_FILE_BYTES = 16_384
/** What others and the group may do. */
const SHARED_BITS = 0o077

const KeyFile = Schema.Struct({
  privateKey: Schema.Redacted(Schema.NonEmptyString),
  apiKey: Schema.optional(Schema.Redacted(Schema.NonEmptyString)),
  apiSecret: Schema.optional(Schema.Redacted(Schema.NonEmptyString)),
  apiPassphrase: Schema.optional(Schema.Redacted(Schema.NonEmptyString))
})
export type KeyFile = typeof KeyFile.Type

const FORM = `{"privateKey": "0x…", "apiKey": "…", "apiSecret": "…", "apiPassphrase": "…"}, the last three together or not at all`

const whatToDo: Readonly<Record<string, string>> = {
  NotFound: "there is no such file; check polymarket.wallet.keyFile",
  PermissionDenied: "permission denied; the daemon's user must own it"
}

const unreadable = (path: string) => (error: PlatformError) =>
  credentialsInvalid(
    `key file ${path}: ${error._tag === "SystemError" ? (whatToDo[error.reason] ?? `it cannot be read (${error.reason})`) : "this is no path"}`
  )

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, "0")

/** What is wrong with the file itself; undefined where it is fit to hold a key. */
const faultOf = (path: string, info: FileSystem.File.Info, ownUserId: number | undefined) => {
  if (info.type !== "File") return "it is not a plain file"
  const owner = Option.getOrUndefined(info.uid)
  if (ownUserId !== undefined && owner !== ownUserId) {
    return `it belongs to user ${owner ?? "unknown"}, and the daemon runs as ${ownUserId}: chown ${ownUserId} ${path}`
  }
  if ((info.mode & SHARED_BITS) !== 0) {
    return `its mode is ${octal(info.mode)}, which lets others in: chmod 600 ${path}`
  }
  return info.size > MAX_FILE_BYTES ? `it is larger than ${MAX_FILE_BYTES} bytes` : undefined
}

const checked = (path: string, info: FileSystem.File.Info, ownUserId: number | undefined) => {
  const fault = faultOf(path, info, ownUserId)
  return fault === undefined ? Effect.void : Effect.fail(credentialsInvalid(`key file ${path}: ${fault}`))
}

/** Names of fields only: what Schema says about a value may quote it. */
const misfit = (path: string, error: ParseResult.ParseError): CredentialsInvalid => {
  const fields = ParseResult.ArrayFormatter.formatErrorSync(error).map(({ path: keys }) => keys.join("."))
  const named = [...new Set(fields)].filter((field) => field !== "")
  return credentialsInvalid(
    `key file ${path}: ${named.length === 0 ? "it" : named.join(", ")} does not fit; the form is ${FORM}`
  )
}

const decode = Schema.decodeUnknown(Schema.parseJson(KeyFile), {
  errors: "all",
  onExcessProperty: "error"
})

/** Reads no more than a key file holds, however the file grows meanwhile. */
const contentOf = (file: FileSystem.File) =>
  Effect.map(file.readAlloc(MAX_FILE_BYTES), (bytes) =>
    Option.match(bytes, { onNone: () => "", onSome: (some) => Buffer.from(some).toString("utf8") })
  )

/**
 * The secrets in a key file. Refused: symbolic links, what is no plain file, what group or others may touch, what belongs to
 * another user (`ownUserId` undefined where the system has no users), and what has another form. The file is checked before
 * it is opened, so that a pipe cannot block, and once more through its handle, which nobody can exchange.
 */
export const readKeyFile = (
  path: string,
  ownUserId: number | undefined
): Effect.Effect<KeyFile, CredentialsInvalid, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    if (Option.isSome(yield* Effect.option(fs.readLink(path)))) {
      return yield* credentialsInvalid(`key file ${path}: it is a symbolic link; name the file itself`)
    }
    const failed = Effect.mapError(unreadable(path))
    yield* checked(path, yield* failed(fs.stat(path)), ownUserId)
    const file = yield* failed(fs.open(path))
    yield* checked(path, yield* failed(file.stat), ownUserId)
    const text = yield* failed(contentOf(file))
    return yield* decode(text).pipe(Effect.mapError((error) => misfit(path, error)))
  }).pipe(Effect.scoped)
