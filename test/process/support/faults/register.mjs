// `node --import` this file, and dist/lib/main.js runs as it is, but with the faulty stand-ins beside this file in the places of
// the modules they wrap. What they do wrong is said by FAULT in the environment.
import { register } from "node:module"
import { isMainThread } from "node:worker_threads"

const STAND_INS = new Map(
  [
    ["modules/spot/spot.js", "spot.mjs"],
    ["modules/polymarket/polymarket.js", "polymarket.mjs"]
  ].map(([real, standIn]) => [
    new URL(`../../../../dist/lib/${real}`, import.meta.url).href,
    new URL(standIn, import.meta.url).href
  ])
)

if (isMainThread) {
  register(import.meta.url)
  if (process.env.FAULT?.startsWith("uncaught")) await import("./uncaught.mjs")
}

export const resolve = async (specifier, context, next) => {
  const found = await next(specifier, context)
  const standIn = STAND_INS.get(found.url)
  // A stand-in gets the real one.
  if (standIn === undefined || standIn === context.parentURL) return found
  return { url: standIn, shortCircuit: true }
}
