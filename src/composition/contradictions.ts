/** Settings that are sound each by itself, but not together. */
import type { AppConfig } from "./app-config.ts"

/** Assets and intervals that one section wants and another does not serve. */
const mismatches = (config: AppConfig): ReadonlyArray<string> => {
  const servedBy = (
    section: string,
    served: ReadonlyArray<string>,
    wanted: ReadonlyArray<string>,
    what: string
  ) =>
    wanted
      .filter((each) => !served.includes(each))
      .map(
        (each) =>
          `windowManager.${what} has ${each}, which ${section}.${what} does not: add it there, or take it out`
      )
  const { simulator, spot, windowManager } = config
  return [
    ...servedBy("spot", spot.assets, windowManager.assets, "assets"),
    ...(config.mode === "sim" ? servedBy("simulator", simulator.assets, windowManager.assets, "assets") : []),
    ...(config.mode === "sim"
      ? servedBy("simulator", simulator.intervals, windowManager.intervals, "intervals")
      : []),
    ...(config.mode === "replay" && config.data === null
      ? ["mode replay needs a recording: --data FILE, made by `tradewind import`"]
      : []),
    ...(config.mode !== "replay" && config.data !== null
      ? [`data is for mode replay only, and the mode is ${config.mode}: leave it out, or say --mode replay`]
      : [])
  ]
}

/** Two bounds the wrong way round, by their paths. */
const reversed = (lowPath: string, low: number, highPath: string, high: number): ReadonlyArray<string> =>
  low <= high
    ? []
    : [`"${lowPath}" is ${low}, which is above "${highPath}", ${high}: correct one of them, or exchange them`]

const reversedBounds = ({ spot, strategy, windowExpiry }: AppConfig): ReadonlyArray<string> => [
  ...reversed(
    "strategy.minPriceTicks",
    strategy.minPriceTicks,
    "strategy.maxPriceTicks",
    strategy.maxPriceTicks
  ),
  ...reversed(
    "strategy.minTimeLeftMs",
    strategy.minTimeLeftMs,
    "strategy.maxTimeLeftMs",
    strategy.maxTimeLeftMs
  ),
  ...reversed(
    "spot.minVolatilityPerSqrtSecondE9",
    spot.minVolatilityPerSqrtSecondE9,
    "spot.maxVolatilityPerSqrtSecondE9",
    spot.maxVolatilityPerSqrtSecondE9
  ),
  ...(windowExpiry.action === "sell-losers"
    ? reversed(
        "windowExpiry.minBidTicks",
        windowExpiry.minBidTicks,
        "windowExpiry.loserBelowTicks",
        windowExpiry.loserBelowTicks
      )
    : [])
]

/** Exits that would sell at once whatever is bought, or never: mostly a stop-loss and a take-profit that were exchanged. */
const senselessExits = ({ stopLoss, strategy, takeProfit }: AppConfig): ReadonlyArray<string> => [
  ...(stopLoss.unit === "percent" && stopLoss.stopLoss > 100
    ? [
        `"stopLoss.stopLoss" is ${stopLoss.stopLoss} percent of the average cost, expected 1 to 100: correct it, or say "stopLoss.unit": "ticks"`
      ]
    : []),
  ...(takeProfit.targetPriceTicks !== null && takeProfit.targetPriceTicks <= strategy.minPriceTicks
    ? [
        `"takeProfit.targetPriceTicks" is ${takeProfit.targetPriceTicks}, which no entry is below ("strategy.minPriceTicks" is ${strategy.minPriceTicks}): every position would be sold at once; raise it, or null for no such target`
      ]
    : [])
]

const bounds = ({ orchestrator: { stepTimeoutMs, stuckTickMs } }: AppConfig): ReadonlyArray<string> =>
  stepTimeoutMs < stuckTickMs
    ? []
    : [
        `"orchestrator.stepTimeoutMs" is ${stepTimeoutMs}, expected less than "orchestrator.stuckTickMs", ${stuckTickMs}: a step that is slow would end the daemon before its own bound`
      ]

/** One sentence for each contradiction; none where there is no such thing. */
export const contradictions = (config: AppConfig): ReadonlyArray<string> => [
  ...mismatches(config),
  ...reversedBounds(config),
  ...senselessExits(config),
  ...bounds(config)
]
