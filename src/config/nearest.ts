/** The known word somebody may have meant. */

const distance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitute))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}

const folded = (word: string): string => word.toLowerCase().replace(/[^a-z0-9.]/g, "")

/** The candidate with the smallest edit distance, ignoring case and separators; undefined where there is none. */
export const nearest = (word: string, candidates: ReadonlyArray<string>): string | undefined => {
  let best: { readonly candidate: string; readonly edits: number } | undefined
  for (const candidate of candidates) {
    const edits = distance(folded(word), folded(candidate))
    if (best === undefined || edits < best.edits) best = { candidate, edits }
  }
  return best?.candidate
}
