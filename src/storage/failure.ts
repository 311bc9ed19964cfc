/** What SQLite and the file system say, in the words of the persistence port. */
import { PersistenceError } from "../ports/persistence.ts"

/** Who was doing what with which file. */
export interface Subject {
  readonly module: string
  readonly operation: string
  readonly path: string
}

type Reason = PersistenceError["reason"]

/** First match wins; the names are those of sqlite.org/rescode.html and of errno. */
const REASONS: ReadonlyArray<readonly [pattern: RegExp, reason: Reason]> = [
  // The shared-memory file could not grow: on every supported system that is a full disk.
  [/^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)$/, "DiskFull"],
  [/^SQLITE_(CORRUPT|NOTADB)/, "Corrupt"],
  [/^SQLITE_(BUSY|LOCKED)/, "Busy"],
  [/^SQLITE_(READONLY|CANTOPEN|PERM)/, "NotWritable"],
  [/^(EACCES|EPERM|EROFS|ENOTDIR|EISDIR|ENOENT|EEXIST|ELOOP|ENAMETOOLONG|EINVAL)$/, "NotWritable"]
]

const REMEDIES: Readonly<Record<Reason, string>> = {
  Unavailable: "See the cause.",
  Busy: "Another program is writing to it: close that program.",
  DiskFull: "Free space on that disk and start again; what was acknowledged before is kept.",
  NotWritable: "Give a path that can be written by this user.",
  Corrupt: "It was left as it is: restore it from a backup, or move it away to begin anew.",
  NewerSchema: "It was left as it is: use the newer version of Tradewind that wrote it.",
  HeldByAnother: "Stop the other one, or choose another state directory.",
  WrongWorld: "It was left as it is: choose another state directory."
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** The layers of an error, outermost first; bounded, for causes can be circular. */
const layersOf = (error: unknown): ReadonlyArray<object> => {
  const layers: Array<object> = []
  let current = error
  while (isObject(current) && layers.length < 8) {
    layers.push(current)
    current = "cause" in current ? current.cause : undefined
  }
  return layers
}

const reasonOf = (layers: ReadonlyArray<object>): Reason => {
  for (const layer of layers) {
    const code = "code" in layer && typeof layer.code === "string" ? layer.code : ""
    const found = REASONS.find(([pattern]) => pattern.test(code))
    if (found !== undefined) return found[1]
  }
  return "Unavailable"
}

/** A failure whose reason is known, with what is wrong and what to do about it: what is usual, or `remedy`. */
export const storageError = (
  subject: Subject,
  reason: Reason,
  problem: string,
  cause?: unknown,
  remedy = REMEDIES[reason]
): PersistenceError =>
  new PersistenceError({
    module: subject.module,
    operation: subject.operation,
    path: subject.path,
    reason,
    message: `${subject.path}: ${problem}. ${remedy}`,
    ...(cause === undefined ? {} : { cause })
  })

/** Turns whatever was raised into the port's error; one that already is goes through unchanged. */
export const storageFailure =
  (subject: Subject) =>
  (cause: unknown): PersistenceError => {
    if (cause instanceof PersistenceError) return cause
    const layers = layersOf(cause)
    const innermost = layers.at(-1)
    const words = innermost instanceof Error && innermost.message !== "" ? innermost.message : String(cause)
    return storageError(subject, reasonOf(layers), words, cause)
  }
