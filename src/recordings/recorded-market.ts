/** A recording as a market: its events in the file's order. */
import { Either, Schema } from "effect"
import type { Json, MarketEvent, MarketSource } from "../paper-exchange/market-source.ts"
import { type RecordingError, recordingError } from "./error.ts"
import { type Step, makePlayer } from "./player.ts"
import { type Recording, eventText, lineOfEvent } from "./recording.ts"

const Saved = Schema.Struct({
  kind: Schema.Literal("recording"),
  contentHash: Schema.String,
  /** How many events were taken. */
  taken: Schema.Int.pipe(Schema.nonNegative())
})
const decodeSaved = Schema.decodeUnknownEither(Saved)

/**
 * The market source of a checked recording, from its beginning or from what `save` gave. Left with {@link RecordingError}
 * where the saved state belongs to another recording or to none.
 */
export const makeRecordedMarket = (
  recording: Recording,
  saved?: Json
): Either.Either<MarketSource, RecordingError> =>
  saved === undefined ? Either.right(startAt(recording, 0)) : resume(recording, saved)

const resume = (recording: Recording, saved: Json): Either.Either<MarketSource, RecordingError> => {
  const { atMs, contentHash, path } = recording
  const refuse = (problem: string) => Either.left(recordingError({ path, problem }))
  const state = decodeSaved(saved)
  if (Either.isLeft(state)) {
    return refuse("the saved state is not that of a replay; use another state directory for this recording")
  }
  if (state.right.contentHash !== contentHash) {
    return refuse(
      "the saved state belongs to another recording; name that one again, or use another state directory"
    )
  }
  if (state.right.taken > atMs.length) {
    return refuse(`the saved state has taken ${state.right.taken} events, the recording has ${atMs.length}`)
  }
  return Either.right(startAt(recording, state.right.taken))
}

const startAt = (recording: Recording, alreadyTaken: number): MarketSource => {
  const { atMs, contentHash, path } = recording
  const player = makePlayer(path)
  const stepAt = (index: number): Step => player.step(lineOfEvent(index), eventText(recording, index))
  // Books are told as changes, so that the player has to see what was taken before.
  for (let index = 0; index < alreadyTaken; index += 1) stepAt(index)
  let taken = alreadyTaken
  return {
    startMs: atMs[0] ?? 0,
    nextAtMs: () => atMs[taken],
    take: () => {
      const nowMs = atMs[taken]
      const events: Array<MarketEvent> = []
      while (taken < atMs.length && atMs[taken] === nowMs) {
        events.push(stepAt(taken).event())
        taken += 1
      }
      return events
    },
    save: () => ({ kind: "recording", contentHash, taken })
  }
}
