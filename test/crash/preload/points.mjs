// `node --import` this file, and dist/main.js runs as it is until it comes to the point that CRASH_AT names (`name#n`: the
// n-th time), where the process is killed before another instruction of it runs. Points are what can be seen from outside the
// program: statements that reach SQLite's driver, and bytes that undici gives to or takes from a socket.
import { subscribe } from "node:diagnostics_channel"
import { writeSync } from "node:fs"
import { createRequire } from "node:module"

const [wanted = "", count = "1"] = (process.env.CRASH_AT ?? "").split("#")
let left = Number(count)
/** With CRASH_STOPPING, points count from the moment on when the process is told to stop. */
let counts = process.env.CRASH_STOPPING === undefined
if (!counts) process.once("SIGTERM", () => void (counts = true))

const reach = (name) => {
  if (name !== wanted || !counts || --left > 0) return
  writeSync(2, `crash_point ${name}\n`)
  process.kill(process.pid, "SIGKILL")
}

/** What a transaction is about: the first of these that it writes. */
const SUBJECTS = [
  ["migration", /^INSERT INTO "?effect_sql_migrations/i],
  ["settlement", /^INSERT INTO settlements/],
  ["fill", /^(INSERT INTO|UPDATE) fills/],
  ["intent", /^INSERT INTO intents/],
  ["outcome", /^INSERT INTO orders/],
  ["position", /^INSERT INTO positions/],
  ["window", /^INSERT INTO windows/],
  ["tick", /^INSERT INTO ticks/],
  ["event", /^INSERT INTO events/]
]

const subjectOf = (statements) =>
  SUBJECTS.find(([, pattern]) => statements.some((text) => pattern.test(text)))?.[0] ?? "other"

const MIDDLES = [
  ["settlement:middle", /^INSERT INTO settlements/],
  ["fill:middle", /^(INSERT INTO|UPDATE) fills/],
  ["intent:middle", /^INSERT INTO intents/],
  ["migration:middle", /^CREATE TABLE order_events/]
]

/** Every state of an order is written after its intent, which is mostly there: no row comes back then. */
const isInVain = (source, result) => source.startsWith("INSERT INTO intents") && result.length === 0

/** Calls what runs a statement, with the points before and after it. */
const watching = (state, source, call) => {
  if (/^BEGIN/i.test(source)) state.statements = []
  const subject = /^COMMIT/i.test(source)
    ? `${subjectOf(state.statements)}-commit`
    : /^PRAGMA wal_checkpoint/i.test(source)
      ? "checkpoint"
      : /^VACUUM INTO/i.test(source)
        ? "backup"
        : undefined
  if (subject !== undefined) reach(`${subject}:before`)
  const result = call()
  if (subject !== undefined) reach(`${subject}:after`)
  if (isInVain(source, result)) return result
  state.statements.push(source)
  for (const [name, pattern] of MIDDLES) if (pattern.test(source)) reach(name)
  return result
}

const isJournal = (database) => /tradewind\.db(\.new)?$/.test(database.name)

const require = createRequire(import.meta.resolve("@effect/sql-sqlite-node/SqliteClient"))
const { prototype } = require("better-sqlite3")
const { prepare } = prototype
const states = new WeakMap()

prototype.prepare = function prepareWatched(source) {
  const statement = prepare.call(this, source)
  if (!isJournal(this)) return statement
  if (!states.has(this)) states.set(this, { statements: [] })
  const state = states.get(this)
  for (const method of ["run", "all", "get"]) {
    const original = statement[method]
    statement[method] = (...params) => watching(state, source, () => original.apply(statement, params))
  }
  return statement
}

const { backup } = prototype
prototype.backup = function backupWatched(destination, options) {
  reach("backup:before")
  const progress = (told) => {
    reach("backup:middle")
    return options?.progress?.(told) ?? 100
  }
  return backup.call(this, destination, { ...options, progress }).then((result) => {
    reach("backup:after")
    return result
  })
}

/** What a request is for. */
const requestOf = ({ method, path }) => {
  if (method === "POST" && /^\/orders?$/.test(path)) return "send"
  if (method === "DELETE") return "cancel"
  return /^\/data\/(orders?|trades)/.test(path) ? "question" : undefined
}

const MOMENTS = [
  ["undici:client:sendHeaders", "before"],
  ["undici:request:bodySent", "sent"],
  ["undici:request:headers", "answered"],
  ["undici:request:trailers", "heard"]
]

for (const [channel, moment] of MOMENTS)
  subscribe(channel, ({ request }) => {
    const name = requestOf(request)
    if (name !== undefined) reach(`${name}:${moment}`)
  })
