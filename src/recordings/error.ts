/** The one error of recordings. */
import { Schema } from "effect"

/** A recording, or what is to become one, cannot be read or written; the message names file, line, field and remedy. */
export class RecordingError extends Schema.TaggedError<RecordingError>()("RecordingError", {
  message: Schema.String,
  path: Schema.String,
  /** Line of the text, from 1; null where the whole file is meant. */
  line: Schema.NullOr(Schema.Int)
}) {}

/** Builds the error with one message for people: `path, line 7, field bids: what is wrong`. */
export const recordingError = (about: {
  readonly path: string
  readonly line?: number
  readonly field?: string
  readonly problem: string
}): RecordingError => {
  const place = [
    about.path,
    ...(about.line === undefined ? [] : [`line ${about.line}`]),
    ...(about.field === undefined ? [] : [`field ${about.field}`])
  ]
  return new RecordingError({
    message: `${place.join(", ")}: ${about.problem}`,
    path: about.path,
    line: about.line ?? null
  })
}
