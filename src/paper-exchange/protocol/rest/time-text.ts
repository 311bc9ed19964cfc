/** Moments as the venue writes them. */

/** To the second, as Gamma and the CLOB's markets have it: 2026-11-22T12:00:00Z. */
export const isoSeconds = (atMs: number): string => new Date(atMs).toISOString().replace(/\.\d{3}Z$/, "Z")

export const isoDay = (atMs: number): string => isoSeconds(atMs).slice(0, 10)
