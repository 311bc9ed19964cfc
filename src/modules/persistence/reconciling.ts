/** What the comparison with the venue needs to remember, and to look up. */
import { Effect, Either, ParseResult, Schema } from "effect"
import { CashMark } from "../../domain/reconciliation.ts"
import { Outcome, type TokenId, WindowSlug } from "../../domain/window.ts"
import type { EverHeld } from "../../ports/persistence.ts"
import type { Body } from "../../storage/connection.ts"
import { storageError } from "../../storage/failure.ts"

const KEY = "cash_mark"
const PUT = `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`
const HELD = `SELECT p.slug, p.outcome, s.outcome AS settledAs
  FROM positions p LEFT JOIN settlements s ON s.slug = p.slug WHERE p.token_id = ?`

const StoredMark = Schema.parseJson(CashMark)
const StoredHeld = Schema.Struct({ slug: WindowSlug, outcome: Outcome, settledAs: Schema.NullOr(Outcome) })

const read = <A, I>(path: string, what: string, schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (value: unknown) =>
    Either.mapLeft(decode(value), (error) =>
      storageError(
        { module: "persistence", operation: "read a row", path },
        "Corrupt",
        `${what} cannot be read: ${ParseResult.TreeFormatter.formatErrorSync(error)}`
      )
    )
}

export const putCashMark =
  (mark: CashMark): Body<void> =>
  (query) =>
    Effect.asVoid(query(PUT, [KEY, Schema.encodeSync(StoredMark)(mark)]))

export const cashMark =
  (path: string): Body<CashMark | undefined> =>
  (query) =>
    Effect.flatMap(query("SELECT value FROM meta WHERE key = ?", [KEY]), ([row]) =>
      row === undefined
        ? Either.right(undefined)
        : read(path, `table meta, row ${KEY}`, StoredMark)(row["value"])
    )

export const everHeld =
  (path: string, tokenId: TokenId): Body<EverHeld | undefined> =>
  (query) =>
    Effect.flatMap(query(HELD, [tokenId]), ([row]) =>
      row === undefined
        ? Either.right(undefined)
        : Either.map(read(path, `table positions, row ${tokenId}`, StoredHeld)(row), (held) => ({
            slug: held.slug,
            outcome: held.outcome,
            settledAs: held.settledAs ?? undefined
          }))
    )
