/** The accounts an API key speaks for: its own address, and the wallets bound to it. */
import type { OrderRecord } from "../../engine/state.ts"
import type { World } from "../../world/world.ts"
import type { Caller } from "./authentication.ts"

export const accountsOf = (world: World, { address }: Caller): ReadonlyArray<string> => [
  address,
  ...[1, 2, 3].flatMap((type) => world.registry.walletOf(address, type)?.wallet ?? [])
]

export const openOrdersOf = (world: World, caller: Caller): ReadonlyArray<OrderRecord> => {
  const { accounts, openOrders } = world.engine.state
  return accountsOf(world, caller).flatMap((account) =>
    [...(accounts.get(account)?.openOrderIds ?? [])].flatMap((orderId) => openOrders.get(orderId) ?? [])
  )
}
