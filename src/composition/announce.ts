/** The first log line: what this run is, what it may risk, and for whom. */
import { Effect } from "effect"
import { configHash } from "../config/hash.ts"
import { formatUsd } from "../domain/decimal.ts"
import type { DaemonParts } from "./daemon.ts"
import { PAPER_WALLET } from "./paper-wallet.ts"
import { VERSION } from "./version.ts"

/** Enough of an account to recognise it. */
const redactedAccount = (address: string): string => `${address.slice(0, 6)}…${address.slice(-4)}`

export const announce = ({ config, state, world }: DaemonParts): Effect.Effect<void> => {
  const { maxAssetUsd, maxOrderUsd, maxTotalUsd, maxWindowUsd } = config.safety
  return Effect.logInfo("tradewind_starting", {
    module: "tradewind",
    version: VERSION,
    mode: config.mode,
    money: config.mode === "live" ? "real" : "simulated",
    ...(world._tag === "BuiltIn" ? { seed: config.seed, speed: config.speed } : {}),
    limitsUsd: `order ${formatUsd(maxOrderUsd)}, window ${formatUsd(maxWindowUsd)}, asset ${formatUsd(maxAssetUsd)}, total ${formatUsd(maxTotalUsd)}`,
    account: redactedAccount((world._tag === "Live" ? world.wallet : PAPER_WALLET).account.maker),
    state: state.temporary ? `${state.path} (temporary; --state-dir keeps it)` : state.path,
    configHash: configHash(config)
  })
}
