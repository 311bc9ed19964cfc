/** Who may speak for whom: API keys, wallets, and heartbeats that must go on. */
import { createHash } from "node:crypto"
import { Schema } from "effect"

/** An API key, and the account of the address it was made for. */
const ApiKey = Schema.Struct({ apiKey: Schema.String, address: Schema.String, nonce: Schema.String })
export type ApiKey = typeof ApiKey.Type

const Wallet = Schema.Struct({
  wallet: Schema.String,
  owner: Schema.String,
  signatureType: Schema.Literal(1, 2, 3)
})
export type Wallet = typeof Wallet.Type

const Heartbeat = Schema.Struct({
  apiKey: Schema.String,
  count: Schema.NonNegativeInt,
  lastMs: Schema.Number
})

export const SavedRegistry = Schema.Struct({
  keys: Schema.Array(ApiKey),
  wallets: Schema.Array(Wallet),
  heartbeats: Schema.Array(Heartbeat)
})
export type SavedRegistry = typeof SavedRegistry.Type

/** Silence after which an account's orders are cancelled, and how often that is looked at (docs, manage-orders). */
const HEARTBEAT_TIMEOUT_MS = 10_000
const HEARTBEAT_CHECK_MS = 5_000

/** More keys or wallets than this are refused: an exchange that runs for weeks must not grow. */
export const MAX_KEYS = 10_000

const overdueAtMs = (lastMs: number): number =>
  Math.ceil((lastMs + HEARTBEAT_TIMEOUT_MS) / HEARTBEAT_CHECK_MS) * HEARTBEAT_CHECK_MS

const uuid = (text: string): string => {
  const hex = createHash("sha256").update(text).digest("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export class Registry {
  private readonly keys = new Map<string, ApiKey>()
  private readonly wallets = new Map<string, Wallet>()
  private readonly heartbeats = new Map<string, { readonly count: number; readonly lastMs: number }>()

  constructor(saved?: SavedRegistry) {
    for (const key of saved?.keys ?? []) this.keys.set(key.apiKey, key)
    for (const wallet of saved?.wallets ?? []) this.wallets.set(wallet.wallet, wallet)
    for (const { apiKey, count, lastMs } of saved?.heartbeats ?? [])
      this.heartbeats.set(apiKey, { count, lastMs })
  }

  key(apiKey: string): ApiKey | undefined {
    return this.keys.get(apiKey)
  }

  keysOf(address: string): ReadonlyArray<ApiKey> {
    return [...this.keys.values()].filter((key) => key.address === address)
  }

  get isFull(): boolean {
    return this.keys.size >= MAX_KEYS || this.wallets.size >= MAX_KEYS
  }

  addKey({ address, apiKey, nonce }: ApiKey): void {
    this.keys.set(apiKey, { apiKey, address, nonce })
  }

  deleteKey(apiKey: string): void {
    this.keys.delete(apiKey)
    this.heartbeats.delete(apiKey)
  }

  wallet(address: string): Wallet | undefined {
    return this.wallets.get(address)
  }

  walletOf(owner: string, signatureType: number): Wallet | undefined {
    return [...this.wallets.values()].find(
      (wallet) => wallet.owner === owner && wallet.signatureType === signatureType
    )
  }

  bindWallet({ owner, signatureType, wallet }: Wallet): void {
    this.wallets.set(wallet, { wallet, owner, signatureType })
  }

  /** The id the next heartbeat must bring; undefined where none was heard yet, and then it brings an empty one. */
  expectedHeartbeat(apiKey: string): string | undefined {
    const beat = this.heartbeats.get(apiKey)
    return beat === undefined ? undefined : uuid(`heartbeat ${apiKey} ${beat.count}`)
  }

  /** Hears a heartbeat; returns the id for the next one. */
  beat(apiKey: string, atMs: number): string {
    const count = (this.heartbeats.get(apiKey)?.count ?? 0) + 1
    this.heartbeats.set(apiKey, { count, lastMs: atMs })
    return uuid(`heartbeat ${apiKey} ${count}`)
  }

  /** When the first silent key's orders are cancelled. */
  nextDueMs(): number | undefined {
    let soonest: number | undefined
    for (const { lastMs } of this.heartbeats.values()) {
      const dueMs = overdueAtMs(lastMs)
      if (soonest === undefined || dueMs < soonest) soonest = dueMs
    }
    return soonest
  }

  /** Keys that fell silent by then; they need not go on until they begin again. */
  takeSilent(atMs: number): ReadonlyArray<string> {
    const silent = [...this.heartbeats].flatMap(([apiKey, { lastMs }]) =>
      overdueAtMs(lastMs) <= atMs ? [apiKey] : []
    )
    for (const apiKey of silent) this.heartbeats.delete(apiKey)
    return silent
  }

  save(): SavedRegistry {
    return {
      keys: [...this.keys.values()],
      wallets: [...this.wallets.values()],
      heartbeats: [...this.heartbeats].map(([apiKey, beat]) => ({ apiKey, ...beat }))
    }
  }
}
