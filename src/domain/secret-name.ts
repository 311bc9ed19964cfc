/** Which names hold secrets: what such a field holds is never shown, and never read from a configuration file. */

const secretName =
  /secret|passphrase|password|passwd|privatekey|apikey|accesskey|mnemonic|seedphrase|authorization|cookie|bearer|(?:token|jwt|credentials?)$/

/**
 * True for names such as `privateKey`, `POLY_API_KEY`, `api-secret`, `accessToken`. A token *id* is an instrument of
 * the venue, not a secret: `tokenId`, `token_id`, `tokens` are shown.
 */
export const isSecretName = (name: string): boolean =>
  secretName.test(name.replace(/[^A-Za-z0-9]/g, "").toLowerCase())

/** What stands in the place of a secret. */
export const REDACTED = "<redacted>"
