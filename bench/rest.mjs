/** The REST round trip to the embedded exchange in a process of its own: `GET /time`, the smallest there is. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import Undici from "@effect/platform-node/Undici"
import { Effect, ManagedRuntime } from "effect"
import { makeAsk } from "../dist/lib/modules/polymarket/rest/ask.js"
import { publicClob } from "../dist/lib/modules/polymarket/rest/clob.js"
import { makeTransport } from "../dist/lib/modules/polymarket/rest/transport.js"
import { startExchange } from "./support/exchange-process.mjs"
import { officialClient } from "./support/official-client.mjs"
import { threadSeconds, interleaved, line, median, quantile, ratio, spread, title } from "./support/stats.mjs"
import { clientSettings } from "./support/venue-stack.mjs"

/** Within our client's own budget, which would hold back more. */
const REQUESTS = 150
/** Rounds before the first that counts: compiled code is another thing than cold. */
const WARM_UPS = 5

/** Microseconds of each request one after the other, and of processor time in this thread. */
const measure = (ask) => async () => {
  const took = []
  const beganCpu = threadSeconds()
  for (let done = 0; done < REQUESTS; done++) {
    const began = performance.now()
    await ask()
    took.push((performance.now() - began) * 1_000)
  }
  return {
    p50: median(took),
    p99: quantile(took, 0.99),
    cpu: ((threadSeconds() - beganCpu) * 1e6) / REQUESTS
  }
}

export const rest = async ({ rounds }) => {
  const exchange = await startExchange()
  const { clob } = exchange.addresses
  const runtime = ManagedRuntime.make(NodeHttpClient.layerUndici)
  const pool = new Undici.Pool(clob, { connections: 1 })
  try {
    const transport = await runtime.runPromise(
      makeTransport({ addresses: clientSettings(exchange.addresses).addresses, maxWaitMs: 2_000 })
    )
    const { time } = publicClob(makeAsk(transport))
    const official = await officialClient(clob)
    title(
      `GET /time of the exchange, one after the other, µs; the machine's other work is in the wall clock, and only this thread's in the processor time; ${rounds} rounds of ${REQUESTS} in turn`
    )
    const found = await interleaved(
      rounds,
      {
        ours: measure(() => Effect.runPromise(time)),
        undici: measure(async () => {
          const { body } = await pool.request({ path: "/time", method: "GET" })
          return JSON.parse(await body.text())
        }),
        fetch: measure(async () => (await fetch(`${clob}/time`)).json()),
        official: measure(() => official.getServerTime())
      },
      WARM_UPS
    )
    const names = {
      ours: "ours: budget, circuit, Schema, over undici",
      undici: "undici's pool, bare",
      fetch: "fetch, bare",
      official: "official client (axios)"
    }
    const of = (variant, what) => found[variant].map((round) => round[what])
    for (const [variant, name] of Object.entries(names)) {
      line(`${name}: p50`, spread(of(variant, "p50"), "µs"))
      line(`${" ".repeat(name.length - 3)}p99`, spread(of(variant, "p99"), "µs"))
      line(`${" ".repeat(name.length - 3)}processor time`, spread(of(variant, "cpu"), "µs"))
    }
    for (const what of ["p50", "cpu"]) {
      line(`official client against ours, ${what}`, ratio(of("official", what), of("ours", what)))
      line(`ours against bare undici, ${what}`, ratio(of("ours", what), of("undici", what)))
    }
  } finally {
    await pool.close()
    await runtime.dispose()
    await exchange.stop()
  }
}
