/** What every error of the daemon carries. */
import { Schema } from "effect"

/** Who failed, doing what, with which words and which cause underneath. */
export const failureFields = {
  module: Schema.String,
  operation: Schema.String,
  message: Schema.String,
  cause: Schema.optional(Schema.Defect)
}
