/** Ends the program with an exit code; everything there is to say has been said. */
import { Data } from "effect"

export class ExitWith extends Data.TaggedError("ExitWith")<{ readonly exitCode: number }> {}
