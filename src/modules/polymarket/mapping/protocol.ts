/**
 * Which of the venue's protocols a market is of. Orders are signed here for one exchange, CTF Exchange V2 (polymarket.md §1.1,
 * §1.3): on a market of another one they would mean nothing, or something else.
 */
import type { WireClobMarket } from "../wire/clob.ts"
import type { WireGammaMarket } from "../wire/gamma.ts"

/** What Gamma calls the protocol of CTF tokens (py-sdk 0.8.0); "v2" is PolyV2, whose orders are for Exchange V3. */
const CTF_VERSION = "v1"
/** A condition of CTF has 32 bytes, one of PolyV2 31 (ts-sdk 0.8.0, protocol ids). */
const CTF_CONDITION = /^0x[0-9a-f]{64}$/i
const DECIMAL = /^\d{1,78}$/
const MODULE_BITS = 248n

/** Position ids of PolyV2 tell their module in the first byte and their outcome in the last: otherwise a pair is the same. */
const moduleOf = ([up = "", down = ""]: ReadonlyArray<string>): string | undefined =>
  DECIMAL.test(up) && DECIMAL.test(down) && up !== down && BigInt(up) >> 8n === BigInt(down) >> 8n
    ? String(BigInt(up) >> MODULE_BITS)
    : undefined

/** Why no order is signed for a market; undefined where it is of the protocol that is known here. */
export const foreignProtocol = (gamma: WireGammaMarket, clob: WireClobMarket): string | undefined => {
  const { clobTokenIds, conditionId, negRisk, version } = gamma
  if (version !== undefined && version !== null && String(version) !== CTF_VERSION) {
    return `is of protocol ${String(version).slice(0, 40)}, and orders are signed here for ${CTF_VERSION} only (CTF Exchange V2)`
  }
  if (negRisk === true || clob.nr === true) return "is a negative-risk market, which another exchange trades"
  if (!CTF_CONDITION.test(conditionId)) {
    return `has the condition id ${conditionId.slice(0, 80)}, which is none of CTF (32 bytes): it is of a protocol that is not known here`
  }
  const positions = moduleOf(clobTokenIds) ?? moduleOf(clob.t.map(({ t }) => t))
  return positions === undefined
    ? undefined
    : `has position ids of PolyV2 (module ${positions}), which another exchange trades`
}
