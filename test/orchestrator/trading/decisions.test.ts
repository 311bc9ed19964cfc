import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { microUsd } from "../../../src/domain/money.ts"
import type { Capability } from "../../../src/domain/capability.ts"
import type { Decline, ExitSignal } from "../../../src/domain/signal.ts"
import { NOW_MS, WINDOW, makePosition, makeView, makeWindow } from "../../domain/trading-world.ts"
import { fillNumber, resolutionOf, storeBusy } from "./samples.ts"
import { Scene } from "./scene.ts"
import { entrySignal, exitSignal, oneTick, pass, ticking, wanting } from "./ticking.ts"

const STOP = `submit stop-loss ${WINDOW.upTokenId}`
const ENTRY = `submit entry ${WINDOW.downTokenId}`

const scene = () => {
  const made = new Scene()
  made.views = [makeView(5_000, 5_100)]
  made.positions = [makePosition(10, 5_000)]
  made.exits["stop-loss"] = () => wanting(exitSignal("stop-loss"))
  made.entries = () => wanting(entrySignal("Down"))
  return made
}

describe("capabilities", () => {
  const cases: ReadonlyArray<readonly [Capability, ReadonlyArray<string>]> = [
    ["enter", [STOP]],
    ["exit", [ENTRY]],
    ["quote", [STOP, ENTRY]],
    ["cancel", [STOP, ENTRY]],
    ["settle", [STOP, ENTRY]]
  ]
  for (const [capability, submitted] of cases) {
    it.effect(`${capability} held – takes away that and nothing else`, () => {
      const made = scene()
      made.resolutions = [resolutionOf(makeWindow("2"))]
      return Effect.map(oneTick(made, [capability], []), () => {
        expect(made.did("submit")).toEqual(submitted)
        expect(made.did("settle")).toHaveLength(capability === "settle" ? 0 : 1)
        expect(made.did("resolveUnknown")).toHaveLength(capability === "cancel" ? 0 : 1)
        expect(made.did("sync", "cash", "recordTick")).toHaveLength(3)
      })
    })
  }

  it.effect("exit revoked at the gate – nothing is sold, and the reason is told", () => {
    const made = scene()
    return Effect.map(oneTick(made, [], ["exit"]), () => {
      expect(made.did("submit")).toEqual([ENTRY])
      expect(made.ticks[0]?.decisions).toContain(`safety: ${WINDOW.slug}: exits are halted`)
    })
  })

  it.effect("enter revoked at the gate – nothing is bought, and the stop-loss goes on", () => {
    const made = scene()
    return Effect.map(oneTick(made, [], ["enter"]), () => {
      expect(made.did("submit")).toEqual([STOP])
      expect(made.ticks[0]?.decisions).toContain(`safety: ${WINDOW.slug}: entries are halted`)
    })
  })
})

const PURPOSES = ["expiry", "stop-loss", "take-profit"] as const
const windows = [WINDOW, makeWindow("2"), makeWindow("3")]
const held = windows.flatMap((window) => (["Up", "Down"] as const).map((outcome) => ({ window, outcome })))

describe("exits", () => {
  it.effect.prop(
    "exits – each token is sold once in a tick, by the first that wants it; the others say why not",
    { wanted: fc.tuple(...PURPOSES.map(() => fc.subarray(held))) },
    ({ wanted }) => {
      const made = new Scene()
      made.views = windows.map((window) => makeView(5_000, 5_100, { window }))
      made.positions = held.map(({ outcome, window }) => makePosition(10, 5_000, { outcome }, window))
      const signals = PURPOSES.flatMap((purpose, index) =>
        (wanted[index] ?? []).map(({ outcome, window }) => exitSignal(purpose, outcome, window))
      )
      for (const purpose of PURPOSES) {
        made.exits[purpose] = () => wanting(...signals.filter((signal) => signal.purpose === purpose))
      }
      const tokenOf = (signal: ExitSignal) =>
        signal.outcome === "Up" ? signal.window.upTokenId : signal.window.downTokenId
      const first = new Map(signals.toReversed().map((signal) => [tokenOf(signal), signal]))
      return ticking(made, () =>
        Effect.sync(() => {
          expect(new Set(made.did("submit"))).toEqual(
            new Set([...first].map(([tokenId, { purpose }]) => `submit ${purpose} ${tokenId}`))
          )
          expect(made.did("submit")).toHaveLength(first.size)
          const passed = made.ticks[0]?.decisions.filter((words) => words.includes("another exit sells it"))
          expect(passed).toHaveLength(signals.length - first.size)
        })
      )
    },
    { fastCheck: { numRuns: 25 } }
  )

  it.effect("exits – one that could not be journalled is sent as soon as the journal takes it", () => {
    const made = scene()
    made.entries = () => wanting()
    made.failing.set("submit", storeBusy)
    return ticking(made, () =>
      Effect.gen(function* () {
        yield* pass(2_000)
        expect(made.calls).toContain(`${STOP} fails`)
        made.failing.clear()
        yield* pass(5_000)
        expect(made.did("submit")).toContain(STOP)
      })
    )
  })

  it.effect("exits – nothing is sold beyond what has settled, whoever asks", () => {
    const made = scene()
    made.entries = () => wanting()
    made.positions = [makePosition(10, 5_000, { settledMicroShares: makePosition(4, 1).settledMicroShares })]
    return ticking(made, () =>
      Effect.sync(() => {
        expect(made.did("submit")).toEqual([])
        expect(made.ticks[0]?.decisions.join()).toContain("can be sold for sure")
      })
    )
  })
})

describe("declines", () => {
  const reason = fc.constantFrom("too dear", "too late", "no book")
  it.effect.prop(
    "declines – each subject's reason is recorded when it is new and not again until it changes",
    { story: fc.array(fc.record({ a: reason, b: fc.option(reason) }), { minLength: 1, maxLength: 8 }) },
    ({ story }) => {
      const made = new Scene()
      const remaining = [...story]
      made.entries = () => {
        const { a, b } = remaining.shift() ?? { a: "too dear", b: null }
        const declined: Array<Decline> = [{ module: "strategy", subject: "a", reason: a }]
        if (b !== null) declined.push({ module: "strategy", subject: "b", reason: b })
        return { wanted: [], declined }
      }
      const last = new Map<string, string>()
      const expected = story.map(({ a, b }) =>
        Object.entries({ a, b }).flatMap(([subject, said]) => {
          if (said === null || last.get(subject) === said) return []
          last.set(subject, said)
          return [`strategy: ${subject}: ${said}`]
        })
      )
      return ticking(made, () =>
        Effect.gen(function* () {
          for (let tick = 1; tick < story.length; tick++) yield* pass(1_000)
          expect(made.ticks.map(({ decisions }) => decisions)).toEqual(expected)
        })
      )
    },
    { fastCheck: { numRuns: 25 } }
  )
})

describe("fills", () => {
  it.effect("fills – are in the positions before anything is decided", () => {
    const made = scene()
    const position = makePosition(10, 5_000)
    made.positions = []
    made.fills = [fillNumber(1)]
    made.onFill = () => void (made.positions = [position])
    made.exits["stop-loss"] = ({ positions }) =>
      positions.length > 0 ? wanting(exitSignal("stop-loss")) : wanting()
    return ticking(made, () =>
      Effect.sync(() => {
        expect(made.did("sync", "applyFill", "submit")).toEqual(["sync", "applyFill trade-1", STOP, ENTRY])
      })
    )
  })

  it.effect(
    "fills – told once and not lost to a journal that is busy; until they are booked nothing is entered",
    () => {
      const made = scene()
      made.fills = [fillNumber(1), fillNumber(2), fillNumber(3)]
      made.failing.set("applyFill", storeBusy)
      return ticking(made, () =>
        Effect.gen(function* () {
          yield* pass(2_000)
          made.fills = [fillNumber(4)]
          yield* pass(2_000)
          expect(made.did("applyFill")).toEqual([])
          expect(new Set(made.did("submit"))).toEqual(new Set([STOP]))
          expect(made.ticks.flatMap(({ decisions }) => decisions)).toContain(
            "strategy: entries: the orders' news are not in our books: what is at stake is not known"
          )
          made.failing.clear()
          yield* pass(12_000)
          expect(made.did("applyFill")).toEqual([1, 2, 3, 4].map((number) => `applyFill trade-${number}`))
          expect(made.did("submit")).toContain(ENTRY)
        })
      )
    }
  )
})

describe("a send that takes long", () => {
  it.effect("exits – those after it are decided anew, in the same tick", () => {
    const made = scene()
    made.sendTakesMs = 2_500
    made.positions = [makePosition(10, 5_000), makePosition(10, 5_000, { outcome: "Down" })]
    made.entries = () => wanting()
    const decidedAtMs: Array<number> = []
    made.exits["stop-loss"] = ({ nowMs }) => {
      decidedAtMs.push(nowMs - NOW_MS)
      return wanting(exitSignal("stop-loss", "Up"), exitSignal("stop-loss", "Down"))
    }
    return ticking(made, () =>
      Effect.gen(function* () {
        expect(made.did("submit")).toEqual([STOP])
        yield* pass(2_500)
        expect(made.did("submit")).toEqual([STOP, `submit stop-loss ${WINDOW.downTokenId}`])
        expect(decidedAtMs).toEqual([0, 2_500])
        yield* pass(2_500)
      })
    )
  })

  it.effect("entries – those after it are left to the next tick, which decides anew", () => {
    const made = scene()
    const other = makeWindow("2")
    made.exits["stop-loss"] = () => wanting()
    made.sendTakesMs = 2_500
    let looks = 0
    made.entries = () => (looks++ === 0 ? wanting(entrySignal("Down"), entrySignal("Up", other)) : wanting())
    return ticking(made, () =>
      Effect.gen(function* () {
        yield* pass(12_000)
        expect(made.did("submit")).toEqual([ENTRY])
        expect(made.ticks[0]?.decisions).toContain(
          `strategy: ${other.slug}: the send before it took long: the next tick decides anew`
        )
        expect(looks).toBeGreaterThan(1)
      })
    )
  })
})

describe("news of orders", () => {
  it.effect("news – a fill that a question to the venue brings is booked before anything is decided", () => {
    const made = scene()
    made.onQuestions = () => void (made.fills = [fillNumber(1)])
    return ticking(made, () =>
      Effect.sync(() => {
        expect(made.did("resolveUnknown", "applyFill", "submit")).toEqual([
          "resolveUnknown",
          "applyFill trade-1",
          STOP,
          ENTRY
        ])
      })
    )
  })

  it.effect("news – while fills wait that came after the sync, nothing is entered, and exits go on", () => {
    const made = scene()
    made.hasNewFills = true
    return ticking(made, () =>
      Effect.gen(function* () {
        yield* pass(2_000)
        expect(new Set(made.did("submit"))).toEqual(new Set([STOP]))
        made.hasNewFills = false
        yield* pass(2_000)
        expect(made.did("submit")).toContain(ENTRY)
      })
    )
  })

  it.effect("news – while they cannot be taken in, nothing is entered, and exits go on", () => {
    const made = scene()
    made.failing.set("sync", storeBusy)
    return ticking(made, () =>
      Effect.gen(function* () {
        yield* pass(4_000)
        expect(new Set(made.did("submit"))).toEqual(new Set([STOP]))
        made.failing.clear()
        yield* pass(12_000)
        expect(made.did("submit")).toContain(ENTRY)
      })
    )
  })
})

describe("settlement", () => {
  it.effect("settlement – only what the venue has resolved, once; until then the position waits", () => {
    const made = scene()
    const ended = makeWindow("2")
    made.views = [makeView(5_000, 5_100, { window: ended, phase: "ended" })]
    made.positions = [makePosition(10, 5_000, { status: "awaiting-settlement" }, ended)]
    made.exits["stop-loss"] = () => wanting()
    made.entries = () => wanting()
    return ticking(made, () =>
      Effect.gen(function* () {
        for (let tick = 0; tick < 20; tick++) yield* pass(1_000)
        expect(made.did("settle", "settled", "submit")).toEqual([])
        made.resolutions = [resolutionOf(ended, "Down")]
        yield* pass(3_000)
        expect(made.did("settle", "settled")).toEqual([`settle ${ended.slug}`, `settled ${ended.slug}`])
      })
    )
  })
})

describe("books", () => {
  it.effect("books – are asked for once in a tick, and again after an order was sent", () => {
    const made = scene()
    made.exits["stop-loss"] = () => wanting()
    made.entries = () => wanting()
    made.cash = microUsd(0)
    return ticking(made, () =>
      Effect.gen(function* () {
        expect(made.did("views")).toHaveLength(1)
        made.exits["stop-loss"] = () => wanting(exitSignal("stop-loss"))
        yield* pass(1_000)
        expect(made.did("views", "submit")).toEqual(["views", "views", STOP, "views"])
      })
    )
  })
})
