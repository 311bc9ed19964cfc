/** Which process this is, for those who want to know who holds something. */
import { Context } from "effect"

/** The process's number, handed in by the edge; undefined where nobody did. */
export class ProcessId extends Context.Reference<ProcessId>()("tradewind/ProcessId", {
  defaultValue: (): number | undefined => undefined
}) {}
