/** Faults of answers: late, lost, refused, wrong (polymarket.md §4.5–4.7, §9). */
import { Clock, Effect } from "effect"
import { failure } from "../rest/answers.ts"
import type { WireRequest, WireResponse, WireServer } from "../wire.ts"
import { type Scheduled, type Weather, isActive, striking } from "./weather.ts"

const GATEWAY_TIMEOUT = failure(504, "Gateway Timeout")

/** The page that Cloudflare answers with, in short: HTML where JSON is expected. */
const ATTENTION_REQUIRED: WireResponse = {
  status: 403,
  headers: { "content-type": "text/html; charset=UTF-8", server: "cloudflare" },
  body: "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body><h1>Sorry, you have been blocked</h1></body></html>"
}

/** Is a request meant by a route such as `POST /order`, `GET /data/*` or `* /*`? */
export const isMeant = (route: string, { method, path }: Pick<WireRequest, "method" | "path">): boolean => {
  const [wanted = "", pattern = ""] = route.split(" ")
  if (wanted !== "*" && wanted !== method) return false
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern
}

const concerns = (request: WireRequest) => (fault: { readonly routes: ReadonlyArray<string> }) =>
  fault.routes.some((route) => isMeant(route, request))

const skewed = (
  response: WireResponse,
  request: WireRequest,
  skewMs: number,
  nowMs: number
): WireResponse => {
  const date = new Date(nowMs + skewMs).toUTCString()
  const isTime = request.method === "GET" && request.path === "/time"
  return {
    ...response,
    headers: { ...response.headers, date },
    body: isTime ? String(Math.floor((nowMs + skewMs) / 1_000)) : response.body
  }
}

const skewNow = (skews: ReadonlyArray<Scheduled<"clock-skew">>, nowMs: number): number =>
  skews.filter((each) => isActive(each, nowMs)).reduce((sum, { fault }) => sum + fault.skewMs, 0)

/** The server's answers, as the weather lets them through. */
export const handleWith = (
  handle: WireServer["handle"],
  weather: Weather
): Effect.Effect<WireServer["handle"]> =>
  Effect.map(weather.happening("clock-skew"), (skews) => answering(handle, weather, skews))

const answering = (
  handle: WireServer["handle"],
  weather: Weather,
  skews: ReadonlyArray<Scheduled<"clock-skew">>
): WireServer["handle"] => {
  const blocked = weather.all("blocked")
  const limited = weather.all("rate-limit")
  const lost = weather.all("timeout-not-executed")
  const unheard = weather.all("timeout-executed")
  const errors = weather.all("server-error")
  const latencies = weather.all("latency")

  const hang = (hangMs: number) => Effect.as(Effect.sleep(hangMs), GATEWAY_TIMEOUT)
  const late = (request: WireRequest) =>
    Effect.flatMap(striking(latencies, concerns(request)), (struck) =>
      struck === undefined
        ? Effect.void
        : Effect.flatMap(struck.draw, (part) => {
            const { maxMs, minMs } = struck.fault
            return Effect.sleep(minMs + Math.round(part * Math.max(0, maxMs - minMs)))
          })
    )
  const answer = (request: WireRequest) =>
    Effect.gen(function* () {
      const meant = concerns(request)
      if ((yield* striking(blocked, meant)) !== undefined) return ATTENTION_REQUIRED
      const limit = yield* striking(limited, meant)
      if (limit !== undefined) {
        const retryAfter = { "retry-after": String(limit.fault.retryAfterS) }
        return failure(429, "Too Many Requests", {}, retryAfter)
      }
      const gone = yield* striking(lost, meant)
      if (gone !== undefined) return yield* hang(gone.fault.hangMs)
      const error = yield* striking(errors, meant)
      if (error !== undefined) {
        if (error.fault.executed) yield* handle(request)
        return failure(500, error.fault.text)
      }
      yield* late(request)
      const stuck = yield* striking(unheard, meant)
      const response = yield* handle(request)
      return stuck === undefined ? response : yield* hang(stuck.fault.hangMs)
    })
  return (request) =>
    Effect.gen(function* () {
      const response = yield* answer(request)
      const nowMs = yield* Clock.currentTimeMillis
      const skewMs = skewNow(skews, nowMs)
      return skewMs === 0 ? response : skewed(response, request, skewMs, nowMs)
    })
}
