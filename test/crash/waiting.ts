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
export const within = async (ms: number, ...others: ReadonlyArray<Promise<unknown>>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => void (timer = setTimeout(resolve, ms)))
  await Promise.race([limit, ...others]).finally(() => clearTimeout(timer))
}
