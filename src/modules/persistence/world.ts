/** Which world a journal tells of: simulated money must never be taken for real. */
import { Effect } from "effect"
import type { Body, Query } from "../../storage/connection.ts"
import { storageError } from "../../storage/failure.ts"

const KEY = "world"

const storedWorld = (query: Query) =>
  Effect.map(query("SELECT value FROM meta WHERE key = ?", [KEY]), ([row]) => row?.["value"])

/** Raises `WrongWorld` where the journal tells of another world. */
export const checkWorld =
  (path: string, world: string): Body<void> =>
  (query) =>
    Effect.flatMap(storedWorld(query), (stored) => {
      if (stored === undefined || stored === world) return Effect.void
      const problem = `this journal is of ${String(stored)}, not of ${world}`
      return Effect.fail(
        storageError({ module: "persistence", operation: "open", path }, "WrongWorld", problem)
      )
    })

/** Writes the world into a journal that has none yet. */
export const bindWorld =
  (world: string): Body<void> =>
  (query) =>
    Effect.asVoid(query("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING", [KEY, world]))
