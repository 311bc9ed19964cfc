/** Which handler answers a request. */
import type { Effect } from "effect"
import type { PersistenceError } from "../../../ports/persistence.ts"
import type { World } from "../../world/world.ts"
import type { WireRequest, WireResponse } from "../wire.ts"
import { METHOD_NOT_ALLOWED, NOT_FOUND } from "./answers.ts"
import type { Rest } from "./options.ts"

/** A request on its way, with what stood in the place of the route's last part. */
export interface Call {
  readonly rest: Rest
  readonly request: WireRequest
  readonly param: string
}

export type Handler = (call: Call) => Effect.Effect<WireResponse, PersistenceError>

/** A path is literal, but for a last part `:` that stands for anything. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly path: string
  readonly handle: Handler
}

/** A route that only looks at the world as it is now. */
export const read =
  (look: (world: World, nowMs: number, call: Call) => WireResponse): Handler =>
  (call) =>
    call.rest.keeper.now((world, nowMs) => look(world, nowMs, call))

export const get = (path: string, handle: Handler): Route => ({ method: "GET", path, handle })
export const post = (path: string, handle: Handler): Route => ({ method: "POST", path, handle })
export const del = (path: string, handle: Handler): Route => ({ method: "DELETE", path, handle })

export interface Found {
  readonly handle: Handler
  readonly param: string
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Looks routes up by path and method; what is not there is answered 404, or 405 where another method would do. */
export const makeRouter = (routes: ReadonlyArray<Route>) => {
  const table = new Map<string, Map<string, Handler>>()
  for (const { handle, method, path } of routes) {
    const methods = table.get(path) ?? new Map<string, Handler>()
    table.set(path, methods.set(method, handle))
  }
  return (method: string, path: string): Found | WireResponse => {
    const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path
    const literal = table.get(trimmed)
    const cut = trimmed.lastIndexOf("/")
    const methods = literal ?? table.get(`${trimmed.slice(0, cut)}/:`)
    if (methods === undefined) return NOT_FOUND
    const handle = methods.get(method)
    if (handle === undefined) return METHOD_NOT_ALLOWED
    return { handle, param: literal === undefined ? decoded(trimmed.slice(cut + 1)) : "" }
  }
}
