/** Kinds of faults and their fields (docs/exchange.md has an example of each). All times are market time in milliseconds. */
import { Schema } from "effect"

const DAY_MS = 86_400_000
const YEAR_MS = 366 * DAY_MS

/** A field with the words that say what is allowed; they are what a refusal asks for. */
const field = <A, I>(schema: Schema.Schema<A, I>, allowed: string, fallback: A) =>
  Schema.optionalWith(schema.annotations({ description: allowed }), { default: () => fallback, exact: true })

const millis = (fallback: number, most: number) =>
  field(
    Schema.Int.pipe(Schema.between(0, most)),
    `a whole number of milliseconds from 0 to ${most}`,
    fallback
  )

const ROUTE = /^(GET|POST|PUT|DELETE|\*) \/[^\s*]*\*?$/
const routes = (...fallback: ReadonlyArray<string>) =>
  field(
    Schema.NonEmptyArray(Schema.String.pipe(Schema.pattern(ROUTE))),
    'a list of routes such as "POST /order", "GET /data/*" or "* /*"',
    fallback as [string, ...Array<string>]
  )

const CHANNELS = ["/ws/market", "/ws/user", "/rtds", "/polybolt/ws"] as const
const channels = field(
  Schema.NonEmptyArray(Schema.Literal(...CHANNELS)),
  `a list of channels out of ${CHANNELS.join(", ")}`,
  CHANNELS
)

const when = {
  atMs: millis(0, YEAR_MS),
  forMs: millis(YEAR_MS, YEAR_MS),
  p: field(Schema.Number.pipe(Schema.between(0, 1)), "a probability from 0 to 1", 1)
}

const fault = <Name extends string, Fields extends Schema.Struct.Fields>(kind: Name, fields: Fields) =>
  Schema.Struct({ kind: Schema.Literal(kind), ...when, ...fields })

const ORDER_ROUTES = ["POST /order", "POST /orders"] as const

/** The venue's own words for a 500 (polymarket.md §4.5). */
const SERVER_ERRORS = [
  "could not insert order",
  "order timed out",
  "could not run the execution",
  "there are no matching orders",
  "FOK orders are filled or killed",
  "the trade contains rounding issues",
  "Internal server error"
] as const

export const KINDS = {
  /** Answers come later. */
  latency: fault("latency", {
    minMs: millis(200, DAY_MS),
    maxMs: millis(1_000, DAY_MS),
    routes: routes("* /*")
  }),
  /** The request is carried out, but nobody hears of it: 504 after a long time. */
  "timeout-executed": fault("timeout-executed", {
    hangMs: millis(60_000, DAY_MS),
    routes: routes(...ORDER_ROUTES)
  }),
  /** The request gets lost. */
  "timeout-not-executed": fault("timeout-not-executed", {
    hangMs: millis(60_000, DAY_MS),
    routes: routes(...ORDER_ROUTES)
  }),
  /** Order routes answer 425 for the fault's duration, and take post-only orders alone for some time after it. */
  restart: fault("restart", { postOnlyForMs: millis(120_000, DAY_MS) }),
  /** 429 with Retry-After. */
  "rate-limit": fault("rate-limit", {
    retryAfterS: field(
      Schema.Int.pipe(Schema.between(0, 3_600)),
      "a whole number of seconds from 0 to 3600",
      1
    ),
    routes: routes("* /*")
  }),
  /** A 500 in the venue's words, with or without having done what was asked. */
  "server-error": fault("server-error", {
    text: field(
      Schema.Literal(...SERVER_ERRORS),
      `one of ${SERVER_ERRORS.join(", ")}`,
      "could not run the execution" as const
    ),
    executed: field(Schema.Boolean, "true or false", false),
    routes: routes(...ORDER_ROUTES)
  }),
  /** Balances are those of the last refresh. */
  "stale-balances": fault("stale-balances", {}),
  /** Trades that match meanwhile fail on chain, or have to be sent there again. */
  "failed-trades": fault("failed-trades", {
    afterMs: millis(1_000, DAY_MS),
    fate: field(Schema.Literal("failed", "retrying"), "failed or retrying", "failed" as const)
  }),
  /** Trades that match meanwhile are told as matched, then fail, and nobody is told. */
  "ghost-fills": fault("ghost-fills", { afterMs: millis(1_000, DAY_MS) }),
  /** A socket says nothing but PONG. */
  "silent-socket": fault("silent-socket", { channels }),
  "duplicate-events": fault("duplicate-events", { channels }),
  /** An event comes after the one that follows it. */
  "reorder-events": fault("reorder-events", { channels }),
  "drop-events": fault("drop-events", { channels }),
  /** Sockets that are open at the beginning, and those that open meanwhile, are closed. */
  "closed-socket": fault("closed-socket", {
    code: field(
      Schema.Literal(1000, 1001, 1006, 1011, 1012, 1013),
      "a close code out of 1000, 1001, 1006 (the connection breaks), 1011, 1012, 1013",
      1006 as const
    ),
    channels
  }),
  /** The venue's clock, in /time and the Date header, is off by so much. */
  "clock-skew": fault("clock-skew", {
    skewMs: field(
      Schema.Int.pipe(Schema.between(-DAY_MS, DAY_MS)),
      `a whole number of milliseconds from -${DAY_MS} to ${DAY_MS}`,
      30_000
    )
  }),
  /** 403 with a page of HTML. */
  blocked: fault("blocked", { routes: routes("POST /*") })
} as const

export type Kind = keyof typeof KINDS
export type FaultOf<K extends Kind> = (typeof KINDS)[K]["Type"]
export type Fault = { readonly [K in Kind]: FaultOf<K> }[Kind]

export const isKind = (text: unknown): text is Kind => typeof text === "string" && Object.hasOwn(KINDS, text)
