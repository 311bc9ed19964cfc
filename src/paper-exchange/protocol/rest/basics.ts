/** What every client asks first. */
import { json } from "./answers.ts"
import { type Route, get, read } from "./routing.ts"

const version = read(() => json({ version: 2 }))

export const basicRoutes: ReadonlyArray<Route> = [
  get(
    "/ok",
    read(() => json("OK"))
  ),
  get(
    "/time",
    read((_, nowMs) => json(Math.floor(nowMs / 1_000)))
  ),
  get("/version", version),
  get("/", version)
]
