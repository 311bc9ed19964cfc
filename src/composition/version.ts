/** The package's version. */
import { Schema } from "effect"
import { readFileSync } from "node:fs"

const Package = Schema.parseJson(Schema.Struct({ version: Schema.String }))

export const VERSION = Schema.decodeSync(Package)(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8")
).version
