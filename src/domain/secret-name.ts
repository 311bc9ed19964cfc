/** What is a secret, by its name or by its look: never shown, and never read from a configuration file. */

const secretName =
  /secret|passphrase|password|passwd|privatekey|apikey|accesskey|mnemonic|seedphrase|authorization|cookie|bearer|(?:token|jwt|credentials?)$/

/**
 * True for names such as `privateKey`, `POLY_API_KEY`, `api-secret`, `accessToken`. A token *id* is an instrument of
 * the venue, not a secret: `tokenId`, `token_id`, `tokens` are shown.
 */
export const isSecretName = (name: string): boolean =>
  secretName.test(name.replace(/[^A-Za-z0-9]/g, "").toLowerCase())

const secretLooking = /(?:0x)?[0-9a-fA-F]{64,}|\b(?:[a-z]{3,8} ){11,}[a-z]{3,8}\b/g

/** A text without what looks like a private key or a seed phrase, whatever it was given as. */
export const hideSecrets = (text: string): string => text.replace(secretLooking, REDACTED)

/** What stands in the place of a secret. */
export const REDACTED = "<redacted>"
