/** A server that takes down every request as it came over the socket, and answers what clients need to go on. */
import { Effect, type Scope } from "effect"
import { type IncomingMessage, type ServerResponse, createServer } from "node:http"

export interface Captured {
  readonly method: string
  readonly path: string
  /** The raw text after the question mark. */
  readonly query: string
  /** Those of the protocol, and the body's type where there is one; names in lower case, in the order of the names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What else clients say of themselves and of their connections is each one's own. */
const isProtocol = (name: string, body: string): boolean =>
  name.startsWith("poly_") || (name === "content-type" && body !== "")

const captured = (request: IncomingMessage, body: string): Captured => {
  const [path = "", query = ""] = (request.url ?? "").split("?")
  const headers = Object.entries(request.headers)
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => isProtocol(name, body))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { method: request.method ?? "", path, query, headers: Object.fromEntries(headers), body }
}

/** Two pages: the second cursor is none that a client could have made up. */
const pageFor = (query: string) =>
  query.includes("next_cursor=Pg") ? { data: [], next_cursor: "LTE=" } : { data: [], next_cursor: "Pg+/=" }

const answerTo = ({ path, query }: Captured): unknown => {
  if (path === "/data/orders" || path === "/data/trades") return { limit: 1, count: 0, ...pageFor(query) }
  if (path === "/version") return { version: 2 }
  return { error: "taken down" }
}

const isRefused = (path: string): boolean => !["/version", "/data/orders", "/data/trades"].includes(path)

export interface Capture {
  readonly url: string
  /** What came since the last time this was asked. */
  readonly take: () => ReadonlyArray<Captured>
}

/** Listens on a free port of this machine until the scope ends. */
export const captureServer: Effect.Effect<Capture, never, Scope.Scope> = Effect.gen(function* () {
  const requests: Array<Captured> = []
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const taken = captured(request, Buffer.concat(chunks).toString("utf8"))
      requests.push(taken)
      response.writeHead(isRefused(taken.path) ? 400 : 200, { "content-type": "application/json" })
      response.end(JSON.stringify(answerTo(taken)))
    })
  }
  const server = yield* Effect.acquireRelease(
    Effect.async<ReturnType<typeof createServer>>((resume) => {
      const made = createServer(listener)
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
    }),
    (made) =>
      Effect.async<void>((resume) => {
        made.close(() => resume(Effect.void))
        made.closeAllConnections()
      })
  )
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, take: () => requests.splice(0) }
})
