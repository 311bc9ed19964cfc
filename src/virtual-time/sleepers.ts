/** Who sleeps until when: a binary heap by deadline, first come first served at the same instant. */

/** One sleeping fiber. */
export interface Sleeper {
  atMs: number
  readonly order: number
  /** Undefined once it was woken or cancelled. */
  wake: (() => void) | undefined
}

const earlier = (a: Sleeper, b: Sleeper): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

export class Sleepers {
  private heap: Array<Sleeper> = []
  private nextOrder = 0
  private cancelled = 0

  /** Adds a sleeper and returns what takes it out again. */
  add(atMs: number, wake: () => void): () => void {
    const sleeper: Sleeper = { atMs, order: this.nextOrder++, wake }
    this.heap.push(sleeper)
    this.siftUp(this.heap.length - 1)
    return () => {
      if (sleeper.wake === undefined) return
      sleeper.wake = undefined
      this.cancelled++
      if (this.cancelled > 1_000 && this.cancelled * 2 > this.heap.length) this.compact()
    }
  }

  /** The earliest deadline, or undefined when nobody sleeps. */
  peekAtMs(): number | undefined {
    for (;;) {
      const first = this.heap[0]
      if (first === undefined) return undefined
      if (first.wake !== undefined) return first.atMs
      this.pop()
      this.cancelled--
    }
  }

  /** Takes out the earliest sleeper and wakes it. */
  wakeFirst(): void {
    if (this.peekAtMs() === undefined) return
    const sleeper = this.pop()
    const wake = sleeper?.wake
    if (sleeper !== undefined) sleeper.wake = undefined
    wake?.()
  }

  /** Moves every deadline by the same time. */
  shift(byMs: number): void {
    for (const sleeper of this.heap) sleeper.atMs += byMs
  }

  /** How many sleep. */
  get size(): number {
    return this.heap.length - this.cancelled
  }

  private compact(): void {
    this.heap = this.heap
      .filter((sleeper) => sleeper.wake !== undefined)
      .sort((a, b) => (earlier(a, b) ? -1 : 1))
    this.cancelled = 0
  }

  private pop(): Sleeper | undefined {
    const first = this.heap[0]
    const last = this.heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    this.heap[0] = last
    this.siftDown(0)
    return first
  }

  private siftUp(start: number): void {
    let index = start
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.swapIfEarlier(index, parent)) return
      index = parent
    }
  }

  private siftDown(start: number): void {
    let index = start
    for (;;) {
      const left = index * 2 + 1
      let smallest = index
      for (const child of [left, left + 1]) {
        const a = this.heap[child]
        const b = this.heap[smallest]
        if (a !== undefined && b !== undefined && earlier(a, b)) smallest = child
      }
      if (smallest === index) return
      this.swapIfEarlier(smallest, index)
      index = smallest
    }
  }

  private swapIfEarlier(child: number, parent: number): boolean {
    const a = this.heap[child]
    const b = this.heap[parent]
    if (a === undefined || b === undefined || !earlier(a, b)) return false
    this.heap[child] = b
    this.heap[parent] = a
    return true
  }
}
