/** The package's version. */
import { Schema } from "effect"
import { readFileSync } from "node:fs"
import { PACKAGE_ROOT } from "../config/package-root.ts"

const Package = Schema.parseJson(Schema.Struct({ version: Schema.String }))

export const VERSION = Schema.decodeSync(Package)(
  readFileSync(new URL("package.json", PACKAGE_ROOT), "utf8")
).version
