/** `tradewind reconcile`: the journal of a state directory compared with its venue, while no daemon holds it. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, Layer } from "effect"
import { ConfigInvalid } from "../config/config-invalid.ts"
import { formatPrice, formatShares, formatUsd } from "../domain/decimal.ts"
import type { Difference } from "../domain/reconciliation.ts"
import { Orchestrator } from "../orchestrator/orchestrator.ts"
import { EXIT_CODES } from "../orchestrator/policy.ts"
import { Machine } from "../ports/machine.ts"
import { Reconciler, type ReconciliationState } from "../ports/reconciliation.ts"
import { type Modules, type Platform, type Stage, onStage } from "./daemon.ts"
import type { RunFlags } from "./flags.ts"

/** What the command line says; absent flags are undefined. */
export interface ReconcileFlags
  extends Pick<RunFlags, "mode" | "config" | "data" | "seed" | "transport" | "stateDir"> {
  /** Takes the cash at the venue as it is. */
  readonly acceptCash: boolean
}

const JOURNAL = "tradewind.db"

/** To compare a journal that is not there would make one. */
const checkJournal = ({
  parts
}: Stage): Effect.Effect<void, ConfigInvalid, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const file = path.join(parts.state.path, JOURNAL)
    if (yield* Effect.orElseSucceed(fs.exists(file), () => false)) return
    return yield* new ConfigInvalid({
      problems: [`there is no journal ${file}: name the state directory of a run with --state-dir DIR`]
    })
  })

/** One difference for a person. */
const textOf = (difference: Difference): string => {
  switch (difference._tag) {
    case "OrderDiffers": {
      const { cached, orderId, reported, slug, traded, verdict } = difference
      return `order ${orderId} of ${slug}: ${cached} in the journal, ${reported} at the venue, ${traded} of it traded: ${verdict}`
    }
    case "ForeignOrder": {
      const { openMicroShares, orderId, priceTicks, side, tokenId } = difference
      return `order ${orderId} is not ours: ${side} ${formatShares(openMicroShares)} of ${tokenId} at ${formatPrice(priceTicks)}`
    }
    case "OrderNotAsStored":
      return `order ${difference.orderId}: ${difference.memory}, stored as ${difference.stored ?? "nothing"}`
    case "FillNotBooked":
      return `fill ${difference.fillKey} of ${difference.slug} is in no position`
    case "PositionNotAsStored":
      return `position in ${difference.slug}: ${formatShares(difference.memoryMicroShares)} shares by its fills, stored as ${formatShares(difference.storedMicroShares)}`
    case "PositionDiffers": {
      const { leastMicroShares, mostMicroShares, slug, tokenId, venueMicroShares } = difference
      return `position in ${slug}, token ${tokenId}: ${formatShares(venueMicroShares)} shares at the venue, ${formatShares(leastMicroShares)} to ${formatShares(mostMicroShares)} by our fills`
    }
    case "ForeignHolding":
      return `${formatShares(difference.venueMicroShares)} shares of ${difference.tokenId} are not from our orders`
    case "FillUnsettled":
      return `a fill in ${difference.slug} is neither confirmed nor failed after ${Math.round(difference.ageMs / 1_000)} s`
    case "CashDiffers": {
      const { leastMicroUsd, mostMicroUsd, venueMicroUsd } = difference
      return `cash: $${formatUsd(venueMicroUsd)} at the venue, $${formatUsd(leastMicroUsd)} to $${formatUsd(mostMicroUsd)} by our fills and settlements`
    }
  }
}

const isUnhealed = ({ healing }: Difference): boolean => healing === "pending" || healing === "escalated"

/** What the comparison found, for a person: a line for each difference, then the result. */
export const reconciliationText = ({ differences, leftOut }: ReconciliationState): string => {
  const left = differences.filter(isUnhealed).length + leftOut
  const result =
    differences.length === 0
      ? "journal and venue agree"
      : `${differences.length + leftOut} differences, ${left} of them not healed`
  return [
    ...differences.map((one) => `${one.healing}: ${textOf(one)}`),
    ...(leftOut === 0 ? [] : [`and ${leftOut} more`]),
    result
  ].join("\n")
}

const compareOnce = (
  stage: Stage,
  modules: Modules
): Effect.Effect<number, ConfigInvalid, Orchestrator | Platform> =>
  Effect.gen(function* () {
    const machine = yield* Machine
    const orchestrator = yield* Orchestrator
    yield* checkJournal(stage)
    const platform = yield* Effect.context<Platform>()
    const stack = modules(stage.parts)
    const initialized = yield* orchestrator
      .init({
        settings: stage.parts.config.orchestrator,
        modules: {
          modules: stack.modules,
          layer: (hosting) => Layer.provide(stack.layer(hosting), Layer.succeedContext(platform))
        },
        steps: [],
        reconciliation: Effect.flatMap(Reconciler, ({ state }) => state)
      })
      .pipe(Effect.either)
    const { reconciliation } = yield* orchestrator.getState
    const report = yield* orchestrator.shutdown({ _tag: "Requested", by: "the comparison is made" })
    if (initialized._tag === "Left") {
      machine.writeError(initialized.left.message)
      return report.exitCode === EXIT_CODES.clean ? EXIT_CODES.fatal : report.exitCode
    }
    if (reconciliation === null) return EXIT_CODES.fatal
    machine.output.write(reconciliationText(reconciliation))
    if (report.exitCode !== EXIT_CODES.clean) return report.exitCode
    const isLeft = reconciliation.differences.some(isUnhealed) || reconciliation.leftOut > 0
    return isLeft ? EXIT_CODES.unverified : EXIT_CODES.clean
  })

/**
 * Brings the modules up as a start does, which compares journal and venue and books what was missed, and takes them down again
 * without a tick. Answers with the exit code: 0 they agree or were made to, 2 they differ.
 */
export const runReconcile =
  (modules: Modules) =>
  ({ acceptCash, ...flags }: ReconcileFlags): Effect.Effect<number, never, Platform> =>
    onStage(
      { ...flags, speed: undefined, forMs: undefined, summary: undefined },
      ({ logger }) => ({ ...logger, level: "none" }),
      (stage) =>
        compareOnce({ ...stage, parts: { ...stage.parts, ways: { onDemand: true, acceptCash } } }, modules)
    )
