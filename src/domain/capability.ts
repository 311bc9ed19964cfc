/** What the daemon may do. Halts and breakers take capabilities away, never "everything". */
import { Schema } from "effect"

export const Capability = Schema.Literal("enter", "quote", "exit", "cancel", "settle")
export type Capability = typeof Capability.Type
export const CAPABILITIES: ReadonlyArray<Capability> = Capability.literals
