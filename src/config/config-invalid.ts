import { Schema } from "effect"

/** The exit code of a process that was given a configuration it cannot use (EX_CONFIG of sysexits). */
export const CONFIG_INVALID_EXIT_CODE = 78

/** The configuration cannot be used. Every problem is one sentence that says where, what, and what to do. */
export class ConfigInvalid extends Schema.TaggedError<ConfigInvalid>()("ConfigInvalid", {
  problems: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const count = this.problems.length
    return [
      `invalid configuration, ${count} problem${count === 1 ? "" : "s"}:`,
      ...this.problems.map((problem) => `  - ${problem}`)
    ].join("\n")
  }
}
