import { NodeContext } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, Layer, Schema } from "effect"
import { AppConfig } from "../../src/composition/app-config.ts"
import { type Modules, runDaemon } from "../../src/composition/daemon.ts"
import { type Wiring, trackReads, wiringProblems } from "../../src/composition/wiring.ts"
import { fieldAt, isSection, knownPaths } from "../../src/config/schema-tree.ts"
import { ASSETS } from "../../src/domain/asset.ts"
import { isSecretName } from "../../src/domain/secret-name.ts"
import { Limits } from "../../src/domain/limits.ts"
import { LIMIT_CHECKS } from "../../src/domain/risk.ts"
import { layerConfig as safetyLayer } from "../../src/modules/safety/safety.ts"
import { add, empty } from "../../src/orchestrator/module.ts"
import { POLICY } from "../../src/orchestrator/policy.ts"
import { tradingSteps } from "../../src/orchestrator/trading/trading-tick.ts"
import { Safety } from "../../src/ports/trading.ts"
import { readSources } from "../architecture/read.ts"
import { microShares } from "../../src/domain/money.ts"
import { NOW_MS, WINDOW, makeBook, makeContext, makeOrder, makeView } from "../domain/trading-world.ts"
import { FakeJournal } from "../modules/order-manager/fakes.ts"
import { makeMachine } from "./machine.ts"
import { readNames } from "./read-names.ts"

const config = Schema.decodeSync(AppConfig)({})
const entry = (name: string, calledIn: ReadonlyArray<string> = [], infrastructure?: string) => ({
  name,
  reservedShutdownMs: 0,
  calledIn,
  infrastructure
})
const sound: Wiring = {
  mode: "sim",
  unread: ["data"],
  modules: [
    entry("log", [], "writes the log"),
    entry("spot"),
    entry("sizer", ["strategy.entries"]),
    entry("strategy")
  ],
  steps: [
    { module: "spot", operation: "refresh" },
    { module: "strategy", operation: "entries" }
  ]
}

describe("wiringProblems", () => {
  it("wiringProblems – finds nothing where everything reaches something", () => {
    expect(wiringProblems(sound)).toEqual([])
    expect(wiringProblems({ ...sound, mode: "replay", unread: ["simulator"] })).toEqual([])
  })

  it.each<[string, Partial<Wiring>, string]>([
    [
      "a section nobody reads",
      { unread: ["data", "takeProfit"] },
      '"takeProfit" is configured, but nothing in mode sim reads it'
    ],
    [
      "a setting another mode needs",
      { mode: "replay", unread: ["data"] },
      '"data" is configured, but nothing in mode replay reads it'
    ],
    [
      "a module no step reaches",
      { modules: [...sound.modules, entry("hedger")] },
      "module hedger is registered, but no step of the tick reaches it"
    ],
    [
      "a step of a module that is not there",
      { modules: sound.modules.filter(({ name }) => name !== "spot") },
      "step spot.refresh is of module spot, which is not registered"
    ],
    [
      "infrastructure that a step calls",
      { modules: [...sound.modules.filter(({ name }) => name !== "spot"), entry("spot", [], "none")] },
      "module spot says that no step calls it (none), but one does"
    ],
    ["a module twice", { modules: [...sound.modules, entry("spot")] }, "module spot is registered twice"],
    [
      "a step twice",
      { steps: [...sound.steps, { module: "spot", operation: "refresh" }] },
      "step spot.refresh is there twice"
    ]
  ])("wiringProblems – names %s", (_, patch, problem) => {
    expect(wiringProblems({ ...sound, ...patch })).toEqual([problem])
  })

  it("wiringProblems – does not believe a module that names a step which is not there", () => {
    const modules = [...sound.modules, entry("hedger", ["strategy.hedge"])]
    expect(wiringProblems({ ...sound, modules })).toEqual([
      "module hedger says that strategy.hedge calls it, which is no step of the tick",
      "module hedger is registered, but no step of the tick reaches it"
    ])
  })
})

describe("trackReads", () => {
  it("trackReads – tells what was not taken, and hands out the very configuration", () => {
    const tracked = trackReads(config)
    expect(tracked.unread()).toEqual(Object.keys(AppConfig.fields))
    const { mode, seed } = tracked.config
    expect([mode, seed]).toEqual([config.mode, config.seed])
    expect(tracked.config.safety).toBe(config.safety)
    expect(tracked.unread()).toEqual(
      Object.keys(AppConfig.fields).filter((key) => !["mode", "seed", "safety"].includes(key))
    )
  })
})

describe("runDaemon", () => {
  const none = {
    config: undefined,
    data: undefined,
    speed: undefined,
    transport: undefined,
    stateDir: undefined,
    summary: undefined
  }
  const flags = { ...none, mode: "sim", seed: 1, forMs: 1 } as const

  it.effect("runDaemon – does not start with anything inert: exit code 78, each by its name", () =>
    Effect.gen(function* () {
      const written: Array<string> = []
      let begun = false
      const hedger = Layer.scopedDiscard(Effect.sync(() => void (begun = true)))
      const stack = ({ config: { safety } }: Parameters<Modules>[0]) =>
        add({ name: `hedger for $${safety.maxTotalUsd}`, layer: hedger })(empty)
      // Lacks what the steps need, which is the point: it is never built.
      const modules = stack as unknown as Modules
      const exitCode = yield* Effect.provide(
        runDaemon(modules)(flags),
        Layer.merge(makeMachine(written), NodeContext.layer)
      )
      const text = written.join("\n")
      expect(exitCode).toBe(78)
      expect(begun).toBe(false)
      const unread = [...text.matchAll(/"(\w+)" is configured/g)].map(([, key]) => key)
      const telling = ["persistence", "polymarket", "strategy", "positionSizer", "takeProfit", "windowExpiry"]
      expect(unread).toEqual(expect.arrayContaining(telling))
      for (const taken of ["mode", "seed", "speed", "stateDir", "data", "orchestrator", "logger", "safety"]) {
        expect(unread).not.toContain(taken)
      }
      expect(text).toContain("module hedger for $100000000 is registered, but no step")
      for (const { module, operation } of tradingSteps()) {
        expect(text).toContain(`step ${module}.${operation} is of module ${module}, which is not registered`)
      }
    })
  )
})

/** Where a section's settings must be read: its module, or the rules that it is the table of. */
const READERS: { readonly [Key in keyof AppConfig]: ReadonlyArray<string> } = {
  mode: ["src/composition/worlds.ts"],
  seed: ["src/composition/daemon.ts"],
  speed: ["src/composition/daemon.ts"],
  stateDir: ["src/composition/state-directory.ts"],
  data: ["src/composition/worlds.ts"],
  orchestrator: ["src/orchestrator/"],
  logger: ["src/modules/logger/"],
  persistence: ["src/modules/persistence/"],
  exchange: ["src/paper-exchange/engine/", "src/paper-exchange/world/", "src/composition/embedded-client.ts"],
  simulator: ["src/paper-exchange/simulator/"],
  polymarket: ["src/modules/polymarket/"],
  spot: ["src/modules/spot/"],
  windowManager: ["src/modules/window-manager/"],
  orderManager: ["src/modules/order-manager/"],
  reconciler: ["src/modules/reconciler/"],
  // Its checks are handed their limits by name.
  safety: [],
  strategy: ["src/modules/strategy/"],
  positionSizer: ["src/modules/position-sizer/"],
  stopLoss: ["src/modules/stop-loss/"],
  takeProfit: ["src/modules/take-profit/"],
  windowExpiry: ["src/modules/window-expiry/"]
}

describe("settings", () => {
  const files = readSources().filter(({ path }) => !path.endsWith("/settings.ts"))
  const leaves = knownPaths(AppConfig.ast).filter(
    (path) => !isSection(fieldAt(AppConfig.ast, path)?.ast ?? AppConfig.ast)
  )

  it("settings – every single one is read by the code of its own section", () => {
    const readBy = new Map(
      Object.entries(READERS).map(([section, places]) => [
        section,
        readNames(files.filter(({ path }) => places.some((place) => path.startsWith(place))))
      ])
    )
    readBy.set("safety", new Set(Object.keys(LIMIT_CHECKS)))
    const isAsset = (name: string) => ASSETS.some((asset) => asset === name)
    // Read by their names in a list; test/modules/polymarket/wallet/credentials.test.ts has each of them read.
    const isWalletSecret = (path: ReadonlyArray<string>) => path[1] === "wallet" && path.some(isSecretName)
    const unread = leaves.filter(([section = "", ...rest]) => {
      // A table by asset or by service is read as a table.
      const name = rest[0] === "addresses" ? rest[0] : (rest.findLast((each) => !isAsset(each)) ?? section)
      return !isWalletSecret([section, ...rest]) && readBy.get(section)?.has(name) !== true
    })
    expect(leaves.length).toBeGreaterThan(80)
    expect(unread.map((path) => path.join("."))).toEqual([])
  })
})

/** For each limit a value that stops an entry which passes without it, and the gate's words. */
const STOPPED_BY: { readonly [Limit in keyof Limits]: readonly [number, RegExp] } = {
  maxOrderUsd: [0, /^the order would have more/],
  maxWindowUsd: [0, /^the window would have more/],
  maxAssetUsd: [0, /^the asset would have more/],
  maxTotalUsd: [0, /^the total would have more/],
  maxOpenOrders: [0, /^0 orders are open/],
  maxEntriesPerTick: [0, /^entries of this tick/],
  maxEntriesPerWindow: [0, /^entries of this window/],
  entryMarginMs: [3_600_000, /^the window is about to end/],
  maxBookAgeMs: [1, /^the Up book is not fit: stale/],
  maxBookSkewMs: [1, /^the two books are 2 ms apart/]
}

describe("limits", () => {
  const verdict = (limits: Partial<typeof Limits.Encoded>) =>
    Safety.pipe(
      Effect.flatMap((safety) =>
        safety.approve(
          makeOrder("BUY", 5, 5_100).intent,
          makeContext({
            nowMs: NOW_MS + 2,
            views: [
              makeView(5_000, 5_100, {
                window: { ...WINDOW, minSizeMicroShares: microShares(2_000_000) },
                downBook: makeBook(WINDOW.downTokenId, 4_900, 5_000, {
                  eventTimeMs: makeBook(WINDOW.upTokenId, 5_000, 5_100).eventTimeMs + 2
                })
              })
            ]
          })
        )
      ),
      Effect.provide(Layer.provide(safetyLayer(Schema.decodeSync(Limits)(limits)), new FakeJournal().layer))
    )

  it.effect.each(Object.keys(Limits.fields) as Array<keyof Limits>)(
    "%s – is enforced by the gate: it alone stops an entry",
    (limit) =>
      Effect.gen(function* () {
        const [value, words] = STOPPED_BY[limit]
        expect(Either.isRight(yield* verdict({}))).toBe(true)
        const stopped = yield* verdict({ [limit]: value })
        expect(Either.isLeft(stopped) ? stopped.left.reason : "passed").toMatch(words)
      })
  )
})

describe("LIMIT_CHECKS", () => {
  it("LIMIT_CHECKS – a limit without a check does not compile", () => {
    const { maxTotalUsd: left, ...rest } = LIMIT_CHECKS
    // @ts-expect-error: the rest has no check of maxTotalUsd.
    const incomplete: typeof LIMIT_CHECKS = rest
    expect(Object.keys(incomplete)).not.toContain("maxTotalUsd")
    expect(left).toBeTypeOf("function")
  })

  it("LIMIT_CHECKS – has a check of every limit, and nothing else", () => {
    expect(Object.keys(LIMIT_CHECKS).toSorted()).toEqual(Object.keys(Limits.fields).toSorted())
  })
})

describe("POLICY", () => {
  it("POLICY – without a row for a tag does not compile", () => {
    const { SpotError: left, ...rest } = POLICY
    // @ts-expect-error: the rest has no row for SpotError.
    const incomplete: typeof POLICY = rest
    expect(Object.keys(incomplete)).not.toContain("SpotError")
    expect(left).toBeTypeOf("function")
  })
})
