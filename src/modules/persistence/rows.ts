/** Between the domain's words and the journal's rows. What does not decode is reported, never guessed at. */
import { Either, Option, ParseResult, Schema, String as Text } from "effect"
import { MicroUsd } from "../../domain/money.ts"
import { Fill, FillStatus, Intent, Order, OrderIdentity } from "../../domain/order.ts"
import { Position } from "../../domain/position.ts"
import { Resolution, Window } from "../../domain/window.ts"
import type { PersistenceError } from "../../ports/persistence.ts"
import type { Row, SqlValue } from "../../storage/connection.ts"
import { checksumOf } from "./checksum.ts"
import { storageError } from "../../storage/failure.ts"

/** Values by the names of their columns in the domain's spelling (camel case; the columns are in snake case). */
type Values = Readonly<Record<string, SqlValue>>

const fieldsOf = (schema: { readonly fields: object }): ReadonlyArray<string> => Object.keys(schema.fields)
const column = (field: string): string => Text.camelToSnake(field)
export const columnsOf = (fields: ReadonlyArray<string>): ReadonlyArray<string> => fields.map(column)

/** `slug, start_ms AS startMs, …`, each column under its field's name, and the row's checksum under this one. */
export const selection = (fields: ReadonlyArray<string>, table: string, checksum = "checksum"): string =>
  [
    ...fields.map((field) => `${table}.${column(field)} AS ${field}`),
    `${table}.checksum AS ${checksum}`
  ].join(", ")

/** An insert of these fields, in their order, with their checksum; `after` is the conflict clause. */
export const insertion = (table: string, fields: ReadonlyArray<string>, after = ""): string =>
  `INSERT INTO ${table} (${fields.map(column).join(", ")}, checksum)
    VALUES (${fields.map(() => "?").join(", ")}, ?) ${after}`

/** What an upsert sets: every field but the key. It answers with a row where anything became another. */
export const replacing = (key: string, table: string, fields: ReadonlyArray<string>): string => {
  const columns = [...fields.filter((field) => field !== key), "checksum"].map(column)
  const listed = (prefix: string) => columns.map((name) => `${prefix}${name}`).join(", ")
  return `ON CONFLICT (${column(key)}) DO UPDATE SET (${listed("")}) = (${listed("excluded.")})
    WHERE (${listed(`${table}.`)}) IS NOT (${listed("excluded.")}) RETURNING 1`
}

/** Values for an {@link insertion}. */
export const parametersOf = (fields: ReadonlyArray<string>, values: Values): ReadonlyArray<SqlValue> => [
  ...fields.map((field) => values[field] ?? null),
  checksumOf(lasting(fields), values)
]

/** A fill's status goes on without the row being written anew; its entries have it, too. */
const lasting = (fields: ReadonlyArray<string>): ReadonlyArray<string> =>
  fields === FILL_FIELDS ? fields.filter((field) => field !== "status") : fields

export const INTENT_FIELDS = [...fieldsOf(OrderIdentity), ...fieldsOf(Intent)]
export const ORDER_FIELDS = ["orderId", "status", "filledMicroShares", "note", "updatedAtMs", "evidence"]
export const FILL_FIELDS = fieldsOf(Fill)
export const POSITION_FIELDS = fieldsOf(Position)
export const RESOLUTION_FIELDS = fieldsOf(Resolution)
const NESTED_WINDOW_FIELDS: ReadonlySet<string> = new Set(["fees", "rule"])
export const WINDOW_FIELDS = [
  ...fieldsOf(Window).filter((field) => !NESTED_WINDOW_FIELDS.has(field)),
  "feeRateMicros",
  "feeExponent",
  "feeTakerOnly",
  "rule",
  "ruleLookbackSeconds"
]

const flag = (value: boolean): number => (value ? 1 : 0)
/** Anything but 0 and 1 goes on as it is, to be refused by the schema. */
const unflag = (value: unknown): unknown => (value === 1 ? true : value === 0 ? false : value)

export const intentValues = (intent: Intent, identity: OrderIdentity): Values => ({
  ...intent,
  postOnly: flag(intent.postOnly),
  orderId: identity.orderId,
  salt: identity.salt,
  timestampMs: identity.timestampMs,
  signedOrder: identity.signedOrder ?? null
})

export const orderValues = (order: Order): Values => ({
  orderId: order.orderId,
  status: order.status,
  filledMicroShares: order.filledMicroShares,
  note: order.note,
  updatedAtMs: order.updatedAtMs,
  evidence: order.evidence === undefined ? null : JSON.stringify(order.evidence)
})

export const windowValues = ({ fees, rule, ...window }: Window): Values => ({
  ...window,
  feeRateMicros: fees.rateMicros,
  feeExponent: fees.exponent,
  feeTakerOnly: flag(fees.takerOnly),
  rule: rule._tag,
  ruleLookbackSeconds: rule._tag === "ChainlinkTwap" ? rule.lookbackSeconds : null
})

export const resolutionValues = (resolution: Resolution): Values => ({
  ...resolution,
  openPrice: Option.getOrNull(resolution.openPrice),
  closePrice: Option.getOrNull(resolution.closePrice)
})

const parseJson = Schema.decodeUnknownEither(Schema.parseJson())
/** Text that is no JSON goes on as it is, to be refused by the schema. */
const unjson = (value: unknown): unknown => Either.getOrElse(parseJson(value), () => value)

/** Reads a row of the file at `path`; one that is not what it should be is `Corrupt`, named by table and key. */
export type Decoder<A> = (path: string) => (row: Row) => Either.Either<A, PersistenceError>

/** Which fields a checksum in a row is of. Rows that version 1 wrote have none. */
type Sums = Readonly<Record<string, ReadonlyArray<string>>>

/** Does a row, selected with its checksum, add up to it? */
export const addsUp = (fields: ReadonlyArray<string>, row: Row): boolean =>
  sumsAreRight(row, { checksum: fields })

const sumsAreRight = (row: Row, sums: Sums): boolean =>
  Object.entries(sums).every(
    ([name, fields]) => row[name] === null || row[name] === checksumOf(lasting(fields), row)
  )

const decoder = <A, I>(
  table: string,
  keys: ReadonlyArray<string>,
  schema: Schema.Schema<A, I>,
  shape: (row: Row) => unknown,
  sums: Sums = {}
): Decoder<A> => {
  const decode = Schema.decodeUnknownEither(schema)
  return (path) => {
    const corrupt = (row: Row, problem: string) => {
      const key = keys.map((field) => String(row[field])).join("|") || "(all)"
      return storageError(
        { module: "persistence", operation: "read a row", path },
        "Corrupt",
        `table ${table}, row ${key} cannot be read: ${problem}`
      )
    }
    return (row) => {
      if (!sumsAreRight(row, sums)) return Either.left(corrupt(row, "it does not add up to its checksum"))
      return Either.mapLeft(decode(shape(row)), (error) =>
        corrupt(row, ParseResult.TreeFormatter.formatErrorSync(error))
      )
    }
  }
}

const withoutNulls = (row: Row): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))

/** One flat row holds both: each schema picks its own fields. */
export const decodeOrder: Decoder<Order> = decoder(
  "orders",
  ["orderId"],
  Order,
  (row) => {
    const { evidence, signedOrder, ...flat } = row
    return {
      ...flat,
      intent: { ...flat, postOnly: unflag(row["postOnly"]) },
      ...(signedOrder === null ? {} : { signedOrder }),
      ...(evidence === null ? {} : { evidence: unjson(evidence) })
    }
  },
  { checksum: INTENT_FIELDS, orderChecksum: ORDER_FIELDS }
)

export const decodeFill: Decoder<Fill> = decoder("fills", ["tradeId", "orderId"], Fill, (row) => row, {
  checksum: FILL_FIELDS
})

export const decodeFillStatus: Decoder<FillStatus> = decoder(
  "fills",
  ["tradeId", "orderId"],
  FillStatus,
  (row) => row["status"]
)

export const decodePosition: Decoder<Position> = decoder("positions", ["tokenId"], Position, (row) => row, {
  checksum: POSITION_FIELDS
})

/** Sums over the whole table: past the safe integers they are no money any more. */
export const decodeMoney = decoder(
  "positions",
  [],
  Schema.Struct({ realizedPnlMicroUsd: MicroUsd, feesMicroUsd: MicroUsd }),
  (row) => row
)

export const decodeResolution: Decoder<Resolution> = decoder(
  "settlements",
  ["slug"],
  Resolution,
  withoutNulls,
  { checksum: RESOLUTION_FIELDS }
)

const windowOf = (row: Row) => ({
  ...row,
  fees: {
    rateMicros: row["feeRateMicros"],
    exponent: row["feeExponent"],
    takerOnly: unflag(row["feeTakerOnly"])
  },
  rule: {
    _tag: row["rule"],
    ...(row["ruleLookbackSeconds"] === null ? {} : { lookbackSeconds: row["ruleLookbackSeconds"] })
  }
})

export const decodeWindow: Decoder<Window> = decoder("windows", ["slug"], Window, windowOf, {
  checksum: WINDOW_FIELDS
})
