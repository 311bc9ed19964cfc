/** The venue's cache of balances: what `/balance-allowance` tells, and while it is stale what orders are checked against. */

/** Entries kept; beyond, the oldest go. */
const CAPACITY = 10_000

export class BalanceCache {
  private readonly entries = new Map<string, number>()

  /** The balance as the cache has it: taken anew, unless it is stale and there is one from before. */
  look(account: string, asset: string, actual: number, isStale: boolean): number {
    const key = `${account}|${asset}`
    const cached = this.entries.get(key)
    if (isStale && cached !== undefined) return cached
    return this.refresh(account, asset, actual)
  }

  refresh(account: string, asset: string, actual: number): number {
    const key = `${account}|${asset}`
    this.entries.delete(key)
    this.entries.set(key, actual)
    if (this.entries.size > CAPACITY) {
      for (const oldest of this.entries.keys()) {
        this.entries.delete(oldest)
        break
      }
    }
    return actual
  }
}
