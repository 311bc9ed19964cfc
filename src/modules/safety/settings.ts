/** Settings of the safety module: the limits. */
import { Limits } from "../../domain/limits.ts"

export const Settings = Limits
