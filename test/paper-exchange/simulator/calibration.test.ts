import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { SimulatorSettings } from "../../../src/paper-exchange/simulator/settings.ts"
import { marketStatistics } from "./statistics.ts"

type Statistic = keyof ReturnType<typeof marketStatistics>

/**
 * What the default market must look like: bands around the recorded values of docs/market-simulator.md, wide enough for
 * eight hours' chance, and wider or moved where the table there says why.
 */
const BANDS: ReadonlyArray<readonly [statistic: Statistic, from: number, to: number]> = [
  ["sdBp", 0.5, 0.85],
  ["kurtosis", 12, 60],
  ["zeroShare", 0.014, 0.023],
  ["absBpP50", 0.13, 0.3],
  ["absBpP90", 0.7, 1.1],
  ["absBpP99", 2.1, 3.3],
  ["absBpP999", 4.2, 7],
  ["autocorrelation1", 0.27, 0.37],
  ["absAutocorrelation1", 0.2, 0.42],
  ["absAutocorrelation60", 0.03, 0.13],
  ["fiveMinuteSdBpP10", 0.3, 0.5],
  ["fiveMinuteSdBpP50", 0.45, 0.7],
  ["fiveMinuteSdBpP90", 0.75, 1.3],
  ["varianceRatio60", 1.5, 2.4],
  ["delayMsP5", 960, 1_030],
  ["delayMsP50", 1_290, 1_350],
  ["delayMsP95", 1_850, 1_950],
  ["crossed", 0, 0],
  ["spread1c", 0.73, 0.82],
  ["spread2c", 0.11, 0.17],
  ["spreadAbove4c", 0.01, 0.03],
  ["pairAskSum", 1.011, 1.017],
  ["topSizeP10", 15, 26],
  ["topSizeP50", 200, 250],
  ["topSizeP90", 850, 1_080],
  ["depth1cP50", 320, 380],
  ["depth2cP50", 390, 460],
  ["depth5cP50", 450, 530],
  ["oneSidedFirstMinute", 0, 0.005],
  ["oneSidedMiddle", 0.003, 0.04],
  ["oneSided60to30", 0.03, 0.16],
  ["oneSidedLast10s", 0.08, 0.28],
  ["midMove1sCents", 1.7, 2.5],
  ["midMove10sCents", 7.2, 10.2],
  ["midStill1s", 0.37, 0.53],
  ["midMoveAutocorrelation", 0.2, 0.36],
  ["midVarianceRatio10", 1.45, 2],
  ["brier240s", 0.16, 0.24],
  ["brier120s", 0.08, 0.18],
  ["brier60s", 0.03, 0.1],
  ["upShare", 0.38, 0.64],
  ["takersPerMinute", 180, 225],
  ["takerBuyShare", 0.46, 0.54],
  ["takerSizeP50", 6, 8],
  ["takerSizeP90", 60, 85],
  ["takerSizeMean", 32, 42]
]

describe("calibration", () => {
  const measured = marketStatistics(Schema.decodeUnknownSync(SimulatorSettings)({}), 1, 8)

  it.each(BANDS)("%s – lies between %d and %d over 8 hours", (statistic, from, to) => {
    expect(measured[statistic]).toBeGreaterThanOrEqual(from)
    expect(measured[statistic]).toBeLessThanOrEqual(to)
  })

  it("bands – cover every statistic but the count of windows", () => {
    expect(new Set(Object.keys(measured))).toEqual(new Set([...BANDS.map(([name]) => name), "windows"]))
    expect(measured.windows).toBe(95)
  })
})
