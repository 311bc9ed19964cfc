// `node --import` this file, and dist/main.js runs as it is until it comes to the point that CRASH_AT names (`name#n`: the
// n-th time), where the process is killed before another instruction of it runs. Points are what can be seen from outside the
// program: statements that reach SQLite's driver, files that get their names, and bytes that undici gives to or takes from a
// socket. The process's last word goes to the file CRASH_MARK.
import { subscribe } from "node:diagnostics_channel"
import fs, { appendFileSync } from "node:fs"
import { createRequire, syncBuiltinESMExports } from "node:module"

const [wanted = "", count = "1"] = (process.env.CRASH_AT ?? "").split("#")
let left = Number(count)
/** With CRASH_STOPPING, points count from the moment on when the process is told to stop. */
let counts = process.env.CRASH_STOPPING === undefined
if (!counts) process.once("SIGTERM", () => void (counts = true))

/** The daemon has its backups made by a process of their own, which inherits all this. */
const isBackingUp = process.argv[2] === "backup"

const reach = (name) => {
  if (name !== wanted || !counts || --left !== 0) return
  appendFileSync(process.env.CRASH_MARK, `${name}\n`)
  if (isBackingUp) process.kill(process.ppid, "SIGKILL")
  if (name !== "backup:orphaned") process.kill(process.pid, "SIGKILL")
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
      : undefined
  if (subject !== undefined) reach(`${subject}:before`)
  const result = call()
  if (subject !== undefined) reach(`${subject}:after`)
  if (isInVain(source, result)) return result
  state.statements.push(source)
  for (const [name, pattern] of MIDDLES) if (pattern.test(source)) reach(name)
  if (source.startsWith("INSERT INTO positions") && subjectOf(state.statements) === "settlement")
    reach("settlement:paid")
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

const PAGES_AT_ONCE = 5
const { backup } = prototype
prototype.backup = function backupWatched(destination, options) {
  const progress = (told) => {
    if (told.remainingPages <= told.totalPages / 2) {
      reach("backup:middle")
      reach("backup:orphaned")
    }
    return PAGES_AT_ONCE
  }
  return backup.call(this, destination, { ...options, progress })
}

const { rename } = fs
fs.rename = (from, to, done) => {
  if (!/tradewind-\d+\.db$/.test(to)) return rename(from, to, done)
  reach("backup:before")
  return rename(from, to, (error) => {
    reach("backup:after")
    done(error)
  })
}
syncBuiltinESMExports()

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
