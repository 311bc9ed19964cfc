/** Bodies of requests: parsed within bounds. */
import { Either } from "effect"

/** Longer bodies are refused before they are parsed. */
export const MAX_BODY_BYTES = 1_048_576
/** No request nests deeper than an order in a batch: 3. */
const MAX_DEPTH = 16

/** How deep brackets nest, outside of strings; a text that is no JSON has some depth too. */
const depthOf = (text: string): number => {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index)
    if (inString) {
      if (char === 0x5c) index += 1
      else if (char === 0x22) inString = false
    } else if (char === 0x22) inString = true
    else if (char === 0x5b || char === 0x7b) deepest = Math.max(deepest, (depth += 1))
    else if (char === 0x5d || char === 0x7d) depth -= 1
  }
  return deepest
}

/** The body's JSON; left with what is wrong with it. */
export const parseBody = (text: string): Either.Either<unknown, string> => {
  if (depthOf(text) > MAX_DEPTH) return Either.left(`nested deeper than ${MAX_DEPTH}`)
  return Either.try({ try: () => JSON.parse(text) as unknown, catch: () => "no JSON" })
}
