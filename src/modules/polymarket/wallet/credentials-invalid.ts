import { Schema } from "effect"
import { failureFields } from "../../../ports/failure.ts"

/** There is nothing to sign with. The message says where, what is wrong and what to do, and never holds a secret. */
export class CredentialsInvalid extends Schema.TaggedError<CredentialsInvalid>()(
  "CredentialsInvalid",
  failureFields
) {}

export const credentialsInvalid = (message: string, cause?: unknown): CredentialsInvalid =>
  new CredentialsInvalid({ module: "polymarket", operation: "load credentials", message, cause })
