/** The machine the daemon runs on: the process, its signals, its output, real time. Filled by the edge alone. */
import { Context, type Effect, type Queue } from "effect"

/** Real time for the discrete-event clock and for reports. */
export interface RealTime {
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number
  /** Calls back after so many milliseconds; returns what cancels it. */
  readonly after: (delayMs: number, callback: () => void) => () => void
  /** Calls back once the event loop has had its turn. */
  readonly afterEventLoopTurn: (callback: () => void) => void
}

export class Machine extends Context.Tag("tradewind/Machine")<
  Machine,
  {
    /** As the process has it; what was forgotten is gone from here too. */
    readonly environment: Readonly<Record<string, string | undefined>>
    /** Takes every variable whose name begins so out of the process's environment. */
    readonly forgetVariables: (beginning: string) => Effect.Effect<void>
    readonly argv: ReadonlyArray<string>
    readonly processId: number
    /** The user the process runs as; undefined where the system has none. */
    readonly userId: number | undefined
    /** Names of signals that ask for an end (SIGTERM, SIGINT, SIGHUP), as they come. */
    readonly signals: Queue.Dequeue<string>
    /** Exceptions and rejections that nobody caught. */
    readonly crashes: Queue.Dequeue<unknown>
    readonly realTime: RealTime
    /** Standard output, line by line; a closed pipe is no error. */
    readonly output: {
      readonly write: (line: string) => void
      readonly isTerminal: boolean
    }
    readonly writeError: (line: string) => void
    /** Ends when everything written has left the process. */
    readonly flush: Effect.Effect<void>
    /** Ends the process with this code after so much real time, if it still runs then; the last words may not wait. */
    readonly exitAfter: (
      delayMs: number,
      exitCode: number,
      lastWords: Effect.Effect<void>
    ) => Effect.Effect<void>
  }
>() {}
