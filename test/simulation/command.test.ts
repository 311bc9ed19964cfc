import { describe, expect, it } from "@effect/vitest"
import { Either } from "effect"
import { parseArguments } from "./command/arguments.ts"
import { failureLines, seedLine, summaryLines } from "./command/report.ts"

const parse = (line: string) => parseArguments(line.split(" ").filter((word) => word !== ""))

describe("the command line of the simulation", () => {
  it.each([
    ["--seeds 3..7", { firstSeed: 3, lastSeed: 7, hours: 1, trace: false }],
    ["--seeds=3 --hours=0.5", { firstSeed: 3, lastSeed: 3, hours: 0.5, trace: false }],
    ["--hours 2 --seeds 9..9 --trace", { firstSeed: 9, lastSeed: 9, hours: 2, trace: true }]
  ])("%s – is understood", (line, expected) => {
    expect(Either.getOrThrow(parse(line))).toEqual(expected)
  })

  it.each([
    ["", "--seeds is missing"],
    ["--seeds", "--seeds needs a value"],
    ["--seeds 7..3", '--seeds is "7..3"'],
    ["--seeds 1..2147483648", "2147483647"],
    ["--seeds -1", '--seeds is "-1"'],
    ["--seeds 1 --hours 0", '--hours is "0"'],
    ["--seeds 1 --hours 1e9", '--hours is "1e9"'],
    ["--seeds 1..2 --trace", "--trace is for one seed"],
    ["--seeds 1 --fast", '"--fast" is not known']
  ])("%s – is refused with what is wrong", (line, words) => {
    expect(Either.getOrThrow(Either.flip(parse(line)))).toContain(words)
  })
})

describe("what is printed", () => {
  const outcome = {
    seed: 4,
    problems: ["seed 4, life 2, tick 9: it broke"],
    digest: "0123456789abcdef",
    injected: { crash: 2 },
    counts: { virtualMs: 1_800_000, ticks: 10, orders: 3, fills: 2, lives: 3, deaths: 2 },
    cpuMs: 1_000
  }

  it("a failure – its place, and one command that replays it", () => {
    expect(seedLine(outcome)).toContain("seed 4  FAILED  0.50 h")
    expect(failureLines(outcome, 0.5)).toEqual([
      "  seed 4, life 2, tick 9: it broke",
      "  again by: npm run simulate -- --seeds 4..4 --hours 0.5 --trace"
    ])
  })

  it("the sum – how much, how fast, and every kind of fault, also what never came", () => {
    const [seeds, speed, faults] = summaryLines([outcome, { ...outcome, problems: [] }], 60_000, [
      "crash",
      "storm"
    ])
    expect(seeds).toBe("2 seeds, 1 failed")
    expect(speed).toContain(
      "1.00 virtual hours in 60.0 s: 1.0 virtual hours a minute; 1800 × real time per core"
    )
    expect(faults).toBe("faults: crash 4, storm 0")
  })
})
