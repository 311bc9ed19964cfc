/** What may be done now: everything, less what somebody holds back for a stated reason. */
import { CAPABILITIES, type Capability } from "../domain/capability.ts"

export class CapabilityHolds {
  private readonly holds = new Map<Capability, Map<string, string>>()

  /** Takes a capability away on behalf of a holder; true where the holder did not hold it yet. */
  hold(capability: Capability, holder: string, reason: string): boolean {
    const holders = this.holds.get(capability) ?? new Map<string, string>()
    this.holds.set(capability, holders)
    const isNew = !holders.has(holder)
    holders.set(holder, reason)
    return isNew
  }

  /** Gives it back; true where the holder held it. */
  release(capability: Capability, holder: string): boolean {
    return this.holds.get(capability)?.delete(holder) ?? false
  }

  allowed(capability: Capability): boolean {
    return (this.holds.get(capability)?.size ?? 0) === 0
  }

  /** Whether nobody but the holder itself keeps the capability back. */
  allowedButFor(capability: Capability, holder: string): boolean {
    const holders = this.holds.get(capability)
    return holders === undefined || holders.size === (holders.has(holder) ? 1 : 0)
  }

  granted(): ReadonlyArray<Capability> {
    return CAPABILITIES.filter((capability) => this.allowed(capability))
  }

  /** Who holds what back, and why. */
  reasons(): ReadonlyArray<{
    readonly capability: Capability
    readonly holder: string
    readonly reason: string
  }> {
    return CAPABILITIES.flatMap((capability) =>
      [...(this.holds.get(capability) ?? [])].map(([holder, reason]) => ({ capability, holder, reason }))
    )
  }

  clear(): void {
    this.holds.clear()
  }
}
