/** Settings of the journal. */
import { Schema } from "effect"

const setting = <A extends number>(schema: Schema.Schema<A>, fallback: NoInfer<A>, description: string) =>
  Schema.optionalWith(schema.annotations({ description }), { default: () => fallback })

export const Settings = Schema.Struct({
  busyTimeoutMs: setting(
    Schema.Int.pipe(Schema.between(0, 50)),
    20,
    "How long one attempt waits for another program that writes to the journal, milliseconds, 0 to 50. The daemon stands still meanwhile; after five attempts the write fails."
  ),
  keepTicks: setting(
    Schema.Int.pipe(Schema.between(60, 1_000_000)),
    86_400,
    "How many ticks back their summaries are kept, 60 to 1,000,000. A day at one tick a second."
  ),
  keepEvents: setting(
    Schema.Int.pipe(Schema.between(100, 1_000_000)),
    100_000,
    "How many entries of the event log are kept, 100 to 1,000,000."
  ),
  backupEveryMs: setting(
    Schema.Int.pipe(Schema.between(0, 604_800_000)),
    3_600_000,
    "Real time between two backups of the journal, milliseconds, 0 to 604,800,000 (a week). 0: none; then a start walks the whole journal, however long it is. A temporary state directory has none."
  ),
  keepBackups: setting(
    Schema.Int.pipe(Schema.between(1, 1_000)),
    24,
    "How many backups are kept, 1 to 1000; older ones are removed when a new one is there."
  )
})
