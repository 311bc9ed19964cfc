/** `tradewind reconcile` on what a run left behind. */
import { createRequire } from "node:module"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { expectOrderlyEnd } from "./support/checks.ts"
import { type Finishing, run, scratch, start } from "./support/daemon.ts"

interface Database {
  readonly prepare: (text: string) => { readonly run: (...values: ReadonlyArray<unknown>) => unknown }
  readonly close: () => void
}
const SQLite = createRequire(import.meta.url)("better-sqlite3") as new (path: string) => Database

/** A run of nine minutes, and its state directory. */
const afterRun = async (test: Finishing) => {
  const home = scratch(test)
  const state = join(home, "state")
  const flags = ["--mode", "sim", "--seed", "7", "--state-dir", state]
  expectOrderlyEnd(await run(test, home, ["run", ...flags, "--speed", "1000", "--for", "9m"]))
  const reconcile = (...more: ReadonlyArray<string>) => run(test, home, ["reconcile", ...flags, ...more])
  return { home, state, flags, reconcile }
}

const change = (state: string, text: string, ...values: ReadonlyArray<unknown>) => {
  const database = new SQLite(join(state, "tradewind.db"))
  database.prepare(text).run(...values)
  database.close()
}

describe("reconcile", () => {
  it("reconcile – agrees, gets back what the journal lost, and says what differs", async (test) => {
    const { reconcile, state } = await afterRun(test)
    const agree = { code: 0, stdout: "journal and venue agree\n", stderr: "" }
    expect(await reconcile()).toMatchObject(agree)
    // As if the fills of the last windows had never been written.
    change(state, "DELETE FROM fills WHERE slug IN (SELECT slug FROM positions WHERE status = 'open')")
    change(state, "DELETE FROM positions WHERE status = 'open'")
    const unfilled = "status = 'live', filled_micro_shares = 0, evidence = NULL, checksum = NULL"
    change(state, `UPDATE orders SET ${unfilled} WHERE status = 'filled'`)
    expect(await reconcile()).toMatchObject({ code: 0, stderr: "" })
    expect(await reconcile()).toMatchObject(agree)
    // As if five dollars had been withdrawn by hand.
    const mark = `UPDATE meta SET value = json_set(value, '$.cashMicroUsd', json_extract(value, '$.cashMicroUsd') + ?)
      WHERE key = 'cash_mark'`
    change(state, mark, 5_000_000)
    const differs = await reconcile()
    expect(differs.code).toBe(2)
    expect(differs.stdout).toMatch(
      /^pending: cash: \$[\d.]+ at the venue, \$[\d.]+ to \$[\d.]+ by our fills and settlements\n1 differences, 1 of them not healed\n$/
    )
    expect(await reconcile("--accept-cash")).toMatchObject({ code: 0 })
    expect(await reconcile()).toMatchObject(agree)
  })

  it("reconcile – where a daemon holds the directory it says which, and leaves it alone", async (test) => {
    const home = scratch(test)
    const flags = ["--mode", "sim", "--seed", "7", "--state-dir", join(home, "state")]
    const daemon = start(test, home, ["run", ...flags])
    await daemon.event("market")
    const ended = await run(test, home, ["reconcile", ...flags])
    expect(ended.code).toBe(75)
    expect(ended.stderr).toContain(`the state directory is in use by process ${daemon.child.pid}`)
    daemon.signal("SIGTERM")
    expectOrderlyEnd(await daemon.ended)
  })

  it("reconcile – makes no journal where there is none", async (test) => {
    const home = scratch(test)
    const ended = await run(test, home, ["reconcile", "--state-dir", join(home, "none")])
    expect(ended.code).toBe(78)
    expect(ended.stderr).toMatch(/there is no journal .*tradewind\.db: name the state directory/)
  })
})
