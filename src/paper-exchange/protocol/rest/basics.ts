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
  // The site's, which asks where a request comes from: nobody is far from here.
  get(
    "/api/geoblock",
    read(() => json({ blocked: false, ip: "127.0.0.1", country: "", region: "" }))
  ),
  get("/", version)
]
