/** The wallet of sim, replay and paper: account 0 of Hardhat and Anvil, whose key everybody knows. For simulated money only. */
import { Redacted } from "effect"
import { type Address, plainAccount } from "../domain/signed-order.ts"

const ADDRESS: Address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
const PUBLIC_TEST_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"

export const PAPER_WALLET = {
  address: ADDRESS,
  account: plainAccount(ADDRESS),
  privateKey: Redacted.make(PUBLIC_TEST_KEY)
}
