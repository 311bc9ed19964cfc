/** The orchestrator's own errors; their codes are part of its interface. */
import { Schema } from "effect"
import { failureFields } from "../ports/failure.ts"

/** `start` and the like before `init`. */
export class OrchestratorNotInitialized extends Schema.TaggedError<OrchestratorNotInitialized>()(
  "OrchestratorNotInitialized",
  failureFields
) {
  readonly code = "ORCHESTRATOR_NOT_INITIALIZED"
}

/** `init` while initialized or initializing. */
export class OrchestratorAlreadyInitialized extends Schema.TaggedError<OrchestratorAlreadyInitialized>()(
  "OrchestratorAlreadyInitialized",
  failureFields
) {
  readonly code = "ORCHESTRATOR_ALREADY_INITIALIZED"
}

/** A module's init failed; everything before it was released. The cause is the module's own error. */
export class ModuleInitFailed extends Schema.TaggedError<ModuleInitFailed>()(
  "ModuleInitFailed",
  failureFields
) {
  readonly code = "MODULE_INIT_FAILED"
}

/** A module's init passed its bound and was interrupted; everything before it was released. */
export class ModuleInitTimeout extends Schema.TaggedError<ModuleInitTimeout>()("ModuleInitTimeout", {
  ...failureFields,
  timeoutMs: Schema.Number
}) {
  readonly code = "MODULE_INIT_TIMEOUT"
}

/** A module's release failed; teardown went on. */
export class ModuleShutdownFailed extends Schema.TaggedError<ModuleShutdownFailed>()(
  "ModuleShutdownFailed",
  failureFields
) {
  readonly code = "MODULE_SHUTDOWN_FAILED"
}

/** A module's release passed its bound and was abandoned; teardown went on. */
export class ModuleShutdownTimeout extends Schema.TaggedError<ModuleShutdownTimeout>()(
  "ModuleShutdownTimeout",
  {
    ...failureFields,
    timeoutMs: Schema.Number
  }
) {
  readonly code = "MODULE_SHUTDOWN_TIMEOUT"
}

/** A step or a background fiber broke in a way its module did not name: a defect, a time-out, a fiber that ended. */
export class ExecutionLoopError extends Schema.TaggedError<ExecutionLoopError>()("ExecutionLoopError", {
  ...failureFields,
  reason: Schema.Literal("Defect", "StepTimeout", "FiberEnded", "Interrupted", "StuckTick", "Repeated")
}) {
  readonly code = "EXECUTION_LOOP_ERROR"
}

/** What makes the daemon stop by itself: the cause is the error that did. */
export class OrchestratorFatalError extends Schema.TaggedError<OrchestratorFatalError>()(
  "OrchestratorFatalError",
  failureFields
) {
  readonly code = "ORCHESTRATOR_FATAL_ERROR"
}

export type InitError = ModuleInitFailed | ModuleInitTimeout
export type OrchestratorError =
  | OrchestratorNotInitialized
  | OrchestratorAlreadyInitialized
  | InitError
  | ModuleShutdownFailed
  | ModuleShutdownTimeout
  | ExecutionLoopError
  | OrchestratorFatalError
