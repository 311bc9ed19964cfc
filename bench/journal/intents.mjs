/** Durable intents: ours, the same statements by the bare driver, one bare row, and the disk alone. */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs"
import { join } from "node:path"
import { openBare } from "../support/driver.mjs"
import { openJournal, scratch, timedEach } from "../support/journal-stack.mjs"
import { intentOf } from "../support/long-journal.mjs"
import {
  threadSeconds,
  interleaved,
  line,
  mark,
  median,
  quantile,
  ratio,
  show,
  spread,
  title
} from "../support/stats.mjs"

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const rowOf = (index) => {
  const { identity, intent } = intentOf(index)
  return { ...identity, ...intent, postOnly: 0 }
}
const NAMES = Object.keys(rowOf(0))
const INSERT = `INSERT INTO intents (${NAMES.map(snake).join(", ")}, checksum) VALUES (${NAMES.map(() => "?").join(", ")}, ?)`

/** What our layer says to SQLite for an intent, without our layer. */
const sameStatements = (path) => {
  const db = openBare(path)
  const [begin, commit] = ["BEGIN IMMEDIATE", "COMMIT"].map((text) => db.prepare(text))
  const lease = db.prepare("SELECT fence, pid, taken_at_ms FROM lease WHERE id = 1")
  const intent = db.prepare(`${INSERT} ON CONFLICT DO NOTHING RETURNING order_id`)
  const order = db.prepare(
    "INSERT INTO orders (order_id, status, filled_micro_shares, note, updated_at_ms, evidence, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)"
  )
  const evidence = JSON.stringify({
    acknowledged: false,
    unknown: null,
    refused: null,
    cancelled: null,
    fills: []
  })
  return {
    write: (index) => {
      const row = rowOf(index)
      const state = [row.orderId, "pending", 0, "", row.timestampMs, evidence, 1]
      begin.run()
      lease.all()
      intent.all([...Object.values(row), 1])
      order.run(state)
      commit.run()
    },
    close: () => db.close()
  }
}

/** The least that SQLite can be asked for: one row of the same words, in a table without an index. */
const oneRow = (path) => {
  const db = openBare(path)
  db.exec("CREATE TABLE bare (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")
  const insert = db.prepare("INSERT INTO bare (body) VALUES (?)")
  return { write: (index) => insert.run(JSON.stringify(rowOf(index))), close: () => db.close() }
}

const bareDisk = (path) => {
  const log = openSync(path, "a")
  return {
    write: (index) => {
      writeSync(log, `${JSON.stringify(rowOf(index))}\n`)
      fdatasyncSync(log)
    },
    close: () => closeSync(log)
  }
}

const timedWrites = (count, first, write) => {
  const took = []
  const beganCpu = threadSeconds()
  for (let index = 0; index < count; index++) {
    const began = performance.now()
    write(first + index)
    took.push(performance.now() - began)
  }
  return { took, cpuUs: ((threadSeconds() - beganCpu) * 1e6) / count }
}

const ofRun = async (count, running) => {
  const beganCpu = threadSeconds()
  const took = await running()
  return { took, cpuUs: ((threadSeconds() - beganCpu) * 1e6) / count }
}

const WARM_UP_ROUNDS = 5

const VARIANTS = [
  ["ours", "the journal: recordIntent"],
  ["same", "better-sqlite3 bare, the same statements"],
  ["row", "better-sqlite3 bare, one row"],
  ["disk", "write and fdatasync"]
]

export const intents = async ({ orders, rounds }) => {
  title(
    `durable intents, one after the other, each on disk when the call returns; ${rounds} rounds of ${orders}`
  )
  const { directory, remove } = scratch()
  try {
    await (await openJournal(join(directory, "same"))).close()
    const { close, journal, run } = await openJournal(join(directory, "ours"))
    const same = sameStatements(join(directory, "same", "tradewind.db"))
    const row = oneRow(join(directory, "row.db"))
    const disk = bareDisk(join(directory, "log"))
    let first = 0
    const bare = (variant) => () => timedWrites(orders, first, variant.write)
    const variants = {
      ours: () => {
        first += orders
        const one = (index) => {
          const { identity, intent } = intentOf(first + index)
          return journal.recordIntent(intent, identity)
        }
        return ofRun(orders, () => run(timedEach(orders, one)))
      },
      same: bare(same),
      row: bare(row),
      disk: bare(disk)
    }
    // The first ones measure how a program is compiled.
    const found = await interleaved(rounds, variants, WARM_UP_ROUNDS)
    await close()
    for (const variant of [same, row, disk]) variant.close()
    const rates = (name) =>
      found[name].map(({ took }) => 1_000 / (took.reduce((sum, ms) => sum + ms, 0) / orders))
    const all = (name) => found[name].flatMap(({ took }) => took)
    for (const [name, label] of VARIANTS) {
      const [p50, p99] = [0.5, 0.99].map((share) => show(quantile(all(name), share)))
      line(
        label,
        `${spread(rates(name), "/s")}, p50 ${p50} ms, p99 ${p99} ms; processor ${spread(
          found[name].map(({ cpuUs }) => cpuUs),
          "µs"
        )}`
      )
    }
    line("the journal / the same statements bare", ratio(rates("ours"), rates("same")))
    line("the journal / one bare row", ratio(rates("ours"), rates("row")))
    const share = median(rates("ours").map((rate, round) => rate / rates("same")[round]))
    const p99 = quantile(all("ours"), 0.99)
    mark(
      "P2",
      share >= 0.85 && p99 < 1,
      `${show(share * 100)} % of bare better-sqlite3 at FULL (mark ≥ 85 %), p99 ${show(p99)} ms (mark < 1 ms; this disk's own fdatasync has ${show(quantile(all("disk"), 0.99))} ms)`
    )
  } finally {
    remove()
  }
}
