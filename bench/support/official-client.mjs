/** The venue's official REST client with a viem wallet, on an account of its own. */
import { ClobClient } from "@polymarket/clob-client-v2"
import { createWalletClient, http } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { polygon } from "viem/chains"

/** The second account of Hardhat and Anvil: a key that everybody knows. */
const KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"

const wallet = () =>
  createWalletClient({
    account: privateKeyToAccount(KEY),
    chain: polygon,
    transport: http("http://127.0.0.1:1")
  })

/** A client with the account's API key. */
export const officialClient = async (host) => {
  const common = { host, chain: 137, signer: wallet() }
  const creds = await new ClobClient(common).createOrDeriveApiKey()
  return new ClobClient({ ...common, creds })
}
