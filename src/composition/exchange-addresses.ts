/** Where an exchange with everything on one address has its services (docs/exchange.md). */

/** `http` and `socket` are base addresses without a slash at the end. */
export const exchangeAddresses = (http: string, socket: string) => ({
  clob: http,
  gamma: `${http}/gamma`,
  data: `${http}/data-api`,
  site: http,
  marketSocket: `${socket}/ws/market`,
  userSocket: `${socket}/ws/user`,
  rtds: `${socket}/rtds`,
  polybolt: `${socket}/polybolt/ws`
})
