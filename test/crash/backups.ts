/** What the daemon's backups say, beside its journal. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { type Rows, lookAt } from "./files.ts"
import { type Journal, read } from "./journal.ts"

const WHOLE = /^tradewind-\d+\.db$/

const backupsIn = (stateDir: string): ReadonlyArray<string> => {
  const folder = join(stateDir, "backups")
  return existsSync(folder) ? readdirSync(folder) : []
}

/** What a daemon that made a backup after them has left of drafts that were never finished. */
export const draftsIn = (stateDir: string): ReadonlyArray<string> =>
  backupsIn(stateDir)
    .filter((name) => !WHOLE.test(name))
    .map((name) => `${name} was left behind by a backup that was never finished`)

/** The first entries of the journal are those of the backup, as many as it has. */
const isBeginningOf = (backup: Rows, journal: Rows): boolean =>
  backup.length <= journal.length &&
  JSON.stringify(backup) === JSON.stringify(journal.slice(0, backup.length))

const problemsOf = async (path: string, journal: Journal): Promise<ReadonlyArray<string>> => {
  const backup = await lookAt(path, read)
  return [
    ...backup.damages.map((damage) => `it is damaged: ${damage}`),
    ...(["intents", "events", "settlements"] as const)
      .filter((table) => !isBeginningOf(backup[table], journal[table]))
      .map((table) => `its ${table} are not the journal's first ones`)
  ]
}

/** Every file under a backup's final name is whole, and says what the journal said at some moment. */
export const backupProblems = async (stateDir: string, journal: Journal): Promise<ReadonlyArray<string>> => {
  const found = []
  for (const name of backupsIn(stateDir).filter((one) => WHOLE.test(one)))
    for (const problem of await problemsOf(join(stateDir, "backups", name), journal))
      found.push(`backup ${name}: ${problem}`)
  return found
}
