/** Orders signed per second of processor time, one after the other: ours, viem's typed data, the official client's builder. */
import { OrderBuilder, Side } from "@polymarket/clob-client-v2"
import { Effect, Layer, Redacted, Scope, Context } from "effect"
import { createWalletClient, custom } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { localSigner } from "../dist/lib/modules/polymarket/wallet/local-signer.js"
import { Signer } from "../dist/lib/ports/signer.js"
import { shareAmounts } from "../dist/lib/protocol/amounts.js"
import { orderDomain } from "../dist/lib/protocol/contracts.js"
import { signOrder } from "../dist/lib/protocol/order-signature.js"
import { cpuSeconds, interleaved, line, mark, median, ratio, spread, title } from "./support/stats.mjs"

/** The first account of Hardhat and Anvil: a key that everybody knows. */
const KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const KEY_BYTES = Buffer.from(KEY, "hex")
const account = privateKeyToAccount(`0x${KEY}`)
const WALLET = "0x1111111111111111111111111111111111111111"
const TOKEN = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
const ZERO = `0x${"0".repeat(64)}`
const TARGET = { chainId: 137, exchange: "v2" }
const DOMAIN = orderDomain(TARGET)

const field = (name, type = "uint256") => ({ name, type })
const types = {
  Order: [
    field("salt"),
    field("maker", "address"),
    field("signer", "address"),
    field("tokenId"),
    field("makerAmount"),
    field("takerAmount"),
    field("side", "uint8"),
    field("signatureType", "uint8"),
    field("timestamp"),
    field("metadata", "bytes32"),
    field("builder", "bytes32")
  ]
}

/** An order of 10 shares at some price, from the wish to what is signed; no two are alike. */
const orderOf = (salt, { maker, signatureType, signer }) => {
  const { makerAmount, takerAmount } = shareAmounts("BUY", 100 * (1 + (salt % 99)), 10_000_000)
  return {
    salt: BigInt(salt),
    maker,
    signer,
    tokenId: BigInt(TOKEN),
    makerAmount,
    takerAmount,
    side: 0,
    signatureType,
    timestamp: 1_795_305_600_000n,
    metadata: ZERO,
    builder: ZERO
  }
}

const PLAIN = { maker: account.address, signer: account.address, signatureType: 0 }
const DEPOSIT = { maker: WALLET, signer: WALLET, signatureType: 3 }

const wallet = createWalletClient({
  account,
  transport: custom({ request: () => Promise.reject(new Error("no network")) })
})

const builderFor = (signatureType) =>
  new OrderBuilder(wallet, 137, signatureType, signatureType === 3 ? WALLET : undefined)

const buildOfficial = (builder, salt) =>
  builder.buildOrder(
    { tokenID: TOKEN, price: (1 + (salt % 99)) / 100, size: 10, side: Side.BUY },
    { tickSize: "0.01", negRisk: false },
    2
  )

const signByViem = (message) =>
  account.signTypedData({
    domain: {
      name: "Polymarket CTF Exchange",
      version: "2",
      chainId: DOMAIN.chainId,
      verifyingContract: DOMAIN.verifyingContract
    },
    types,
    primaryType: "Order",
    message
  })

/** A comparison of signers that sign different things would be worth nothing. */
const checkEqual = async () => {
  for (const owner of [PLAIN, DEPOSIT]) {
    const official = await buildOfficial(builderFor(owner.signatureType), 7)
    const order = {
      ...orderOf(7, owner),
      salt: BigInt(official.salt),
      timestamp: BigInt(official.timestamp)
    }
    const ours = signOrder(KEY_BYTES, DOMAIN, order)
    if (ours !== official.signature) throw new Error("the official client signs otherwise")
    if (owner === PLAIN && ours !== (await signByViem(order))) throw new Error("viem signs otherwise")
  }
}

let salt = 0
/** Orders per second of processor time: signing does nothing but compute, and other programs do not count. */
const rate = (count, signOne) => async () => {
  const began = cpuSeconds()
  for (let done = 0; done < count; done++) await signOne(++salt)
  return count / (cpuSeconds() - began)
}
/** The same for what does not wait: no promise in between. */
const rateSync = (count, signOne) => () => {
  const began = cpuSeconds()
  for (let done = 0; done < count; done++) signOne(++salt)
  return count / (cpuSeconds() - began)
}

/** The signer as the daemon has it, behind its port. */
const signerOf = (owner, scope) =>
  Effect.runSync(
    Layer.buildWithScope(
      localSigner({ privateKey: Redacted.make(KEY), address: account.address, account: owner }),
      scope
    )
  ).pipe(Context.get(Signer))

export const signing = async ({ rounds }) => {
  await checkEqual()
  title(
    `signing, an event is one order from price and size to signature, a second is one of processor time; ${rounds} rounds in turn`
  )
  const scope = Effect.runSync(Scope.make())
  const signer = signerOf(PLAIN, scope)
  const [plainBuilder, depositBuilder] = [builderFor(0), builderFor(3)]
  const found = await interleaved(rounds, {
    ours: rateSync(1_000, (n) => signOrder(KEY_BYTES, DOMAIN, orderOf(n, PLAIN))),
    viem: rate(250, (n) => signByViem(orderOf(n, PLAIN))),
    port: rate(1_000, (n) => Effect.runPromise(signer.signOrder(TARGET, orderOf(n, PLAIN)))),
    official: rate(250, (n) => buildOfficial(plainBuilder, n)),
    oursDeposit: rateSync(1_000, (n) => signOrder(KEY_BYTES, DOMAIN, orderOf(n, DEPOSIT))),
    officialDeposit: rate(200, (n) => buildOfficial(depositBuilder, n))
  })
  line("ours", spread(found.ours, "orders/s"))
  line("ours behind the signer's port, one fiber each", spread(found.port, "orders/s"))
  line("viem signTypedData", spread(found.viem, "orders/s"))
  line("official client's buildOrder (viem wallet)", spread(found.official, "orders/s"))
  line("ours, deposit wallet", spread(found.oursDeposit, "orders/s"))
  line("official client's, deposit wallet", spread(found.officialDeposit, "orders/s"))
  line("ours against viem", ratio(found.ours, found.viem))
  line("ours behind the port against the official client", ratio(found.port, found.official))
  line("deposit wallet, ours against the official client", ratio(found.oursDeposit, found.officialDeposit))
  const ratios = found.ours.map((value, round) => value / found.official[round])
  mark(
    "P1",
    median(ratios) >= 5,
    `signs ${ratio(found.ours, found.official)} the official client's buildOrder (mark: ≥ 5 ×)`
  )
}
