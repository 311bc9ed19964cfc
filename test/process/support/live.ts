/** Mode live against `tradewind exchange` on real sockets: the venue itself cannot be reached from a test. */
import { type Finishing, type Line, PATIENT, scratch, start } from "./daemon.ts"

/** Account 0 of the public hardhat test keys. */
export const TEST_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const SHIFTED_CLOCK = new URL("shifted-clock.mjs", import.meta.url).href

/** Where an exchange listens, and by how much its market's time differs from ours. */
export interface Venue {
  readonly line: Line
  readonly shiftMs: number
}

/** The exchange as a process of its own. */
export const exchange = async (test: Finishing): Promise<Venue> => {
  const daemon = start(test, scratch(test), ["exchange", "--port", "0", "--seed", "7"])
  const line = await daemon.event("exchange_listening")
  return { line, shiftMs: Date.parse(String(line["marketTime"])) - Date.now() }
}

const address = (line: Line, name: string): string => String(line[name])

/** Everything on one address, and a strategy that finds something to do at once. */
export const liveConfiguration = ({ line }: Venue) => ({
  mode: "live",
  polymarket: {
    addresses: {
      clob: address(line, "clob"),
      gamma: address(line, "gamma"),
      data: address(line, "data"),
      site: address(line, "clob"),
      marketSocket: address(line, "marketSocket"),
      userSocket: address(line, "userSocket"),
      priceSocket: address(line, "polybolt")
    }
  },
  windowManager: { intervals: ["5m"] },
  strategy: { minEdgeTicks: 0, modelWeight: 1, onePositionPerWindow: false },
  positionSizer: { orderType: "GTC", boundByDepth: false }
})

/** A clock that shows the market's time. */
export const liveEnvironment = ({ shiftMs }: Venue): Readonly<Record<string, string>> => ({
  ...PATIENT,
  NODE_OPTIONS: `--import ${SHIFTED_CLOCK}`,
  CLOCK_SHIFT_MS: String(shiftMs)
})
