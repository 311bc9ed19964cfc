/** Waiting in real time for what other processes do. */
export const after = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))

export const until = async (limitMs: number, isSo: () => Promise<boolean>): Promise<boolean> => {
  const endMs = performance.now() + limitMs
  while (performance.now() < endMs) {
    if (await isSo()) return true
    await after(200)
  }
  return false
}

/** Until one of the others is there, and so long at most. */
export const within = (ms: number, ...others: ReadonlyArray<Promise<unknown>>): Promise<unknown> =>
  Promise.race([after(ms), ...others])
