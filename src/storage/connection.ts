/** One SQLite connection, and the ways to use it: reads, and writes in one transaction. */
import * as Reactivity from "@effect/experimental/Reactivity"
import { type SqlClient, type SqlConnection, SqlError } from "@effect/sql"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { Cause, Duration, Effect, Schedule, type Scope } from "effect"
import type { PersistenceError } from "../ports/persistence.ts"
import { type Subject, storageFailure } from "./failure.ts"

export type SqlValue = string | number | null
export type Row = Readonly<Record<string, unknown>>

/** Runs one statement and returns its rows. The text is the key of the cache of prepared statements: keep values out of it. */
export type Query = (
  text: string,
  params?: ReadonlyArray<SqlValue>
) => Effect.Effect<ReadonlyArray<Row>, SqlError.SqlError>

/** Work on a connection; it must use no other way to the same database than the query it is given. */
export type Body<A> = (query: Query) => Effect.Effect<A, SqlError.SqlError | PersistenceError>

/** Opens a file without touching its journal mode. What the driver throws is raised as the port's error. */
export const connect = (
  subject: Subject,
  options: { readonly readonly: boolean; readonly busyTimeoutMs: number }
): Effect.Effect<SqliteClient.SqliteClient, PersistenceError, Scope.Scope> =>
  SqliteClient.make({
    filename: subject.path,
    readonly: options.readonly,
    disableWAL: true,
    prepareCacheTTL: Duration.infinity
  }).pipe(
    Effect.provide(Reactivity.layer),
    Effect.tap((sql) => sql.unsafe(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`)),
    raisingDefects(subject)
  )

/** Defects of the driver (it throws where a file cannot be opened, and dies where a commit fails) become failures. */
export const raisingDefects =
  (subject: Subject) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, PersistenceError, R> =>
    Effect.catchAllCause(effect, (cause) =>
      Cause.isInterruptedOnly(cause)
        ? Effect.interrupt
        : Effect.fail(storageFailure(subject)(Cause.squash(cause)))
    )

const queryOn =
  (connection: SqlConnection.Connection): Query =>
  (text, params = []) =>
    connection.execute(text, params, undefined)

/** Holds the connection for the body alone: nobody else reads or writes in between. */
export const onConnection = <A>(
  sql: SqlClient.SqlClient,
  subject: Subject,
  body: Body<A>
): Effect.Effect<A, PersistenceError> =>
  sql.reserve.pipe(
    Effect.flatMap((connection) => body(queryOn(connection))),
    Effect.scoped,
    Effect.mapError(storageFailure(subject))
  )

/** Texts are constants of the program; this many of them are kept prepared. */
const MAX_PREPARED = 200

/**
 * As {@link queryOn}, for a connection that nobody else uses: each statement is prepared once and goes on with the values that
 * are put in its own array. The driver's cache costs more than most statements.
 */
const preparedQueryOn = (connection: SqlConnection.Connection): Query => {
  const prepared = new Map<
    string,
    { readonly values: Array<SqlValue>; readonly run: Effect.Effect<ReadonlyArray<Row>, SqlError.SqlError> }
  >()
  const prepare = (text: string) => {
    if (prepared.size >= MAX_PREPARED) prepared.clear()
    const values: Array<SqlValue> = []
    const made = { values, run: connection.executeUnprepared(text, values, undefined) }
    prepared.set(text, made)
    return made
  }
  return (text, params = []) =>
    Effect.suspend(() => {
      try {
        const { run, values } = prepared.get(text) ?? prepare(text)
        values.splice(0, values.length, ...params)
        return run
      } catch (cause) {
        return Effect.fail(new SqlError.SqlError({ cause, message: "the statement could not be prepared" }))
      }
    })
}

/** Runs a body alone on a connection that is held already; one at a time. */
export type Alone = <A>(subject: Subject, body: Body<A>) => Effect.Effect<A, PersistenceError>

/** Takes the connection for the life of the scope: to take it anew for each body costs more than most bodies. */
export const heldFor = (sql: SqlClient.SqlClient): Effect.Effect<Alone, SqlError.SqlError, Scope.Scope> =>
  Effect.gen(function* () {
    const query = preparedQueryOn(yield* sql.reserve)
    const one = (yield* Effect.makeSemaphore(1)).withPermits(1)
    return (subject, body) => one(Effect.mapError(body(query), storageFailure(subject)))
  })

/**
 * All of the body or nothing. SqlClient's own `withTransaction` is not used: where SQLite has rolled back by itself (a
 * full disk), its second rollback dies and hides the reason.
 */
export const inTransaction =
  <A>(body: Body<A>): Body<A> =>
  (query) =>
    query("BEGIN IMMEDIATE").pipe(
      Effect.zipRight(body(query)),
      Effect.zipLeft(query("COMMIT")),
      Effect.onError(() => Effect.ignore(query("ROLLBACK"))),
      Effect.uninterruptible
    )

/** Four retries after 10, 20, 40 and 80 ms, the first of them below; each attempt blocks for the busy timeout at most. */
const busyRetries = Schedule.intersect(Schedule.exponential("20 millis"), Schedule.recurs(3))

/** Tries again while another program holds the file, for a bounded time. */
export const whileBusy = <A, R>(
  effect: Effect.Effect<A, PersistenceError, R>
): Effect.Effect<A, PersistenceError, R> =>
  // The schedule's first turn is paid for by those alone who need one.
  Effect.catchIf(
    effect,
    (error) => error.reason === "Busy",
    () =>
      Effect.retry(effect, { while: (error) => error.reason === "Busy", schedule: busyRetries }).pipe(
        Effect.delay("10 millis")
      )
  )
