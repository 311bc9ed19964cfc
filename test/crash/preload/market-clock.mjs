// `node --import` this file, and the process lives in a market's time: from MARKET_NOW_MS on, MARKET_SPEED times as fast as
// the machine's. Its timers are as much shorter.
const speed = Number(process.env.MARKET_SPEED)
const marketNowMs = Number(process.env.MARKET_NOW_MS)
const beganMs = Number(process.env.MARKET_NOW_AT_MS)

const { setInterval: every, setTimeout: after } = globalThis
const { bigint: hrtime } = process.hrtime
const wall = Date.now.bind(Date)
const monotonic = performance.now.bind(performance)

Date.now = () => Math.floor(marketNowMs + (wall() - beganMs) * speed)
performance.now = () => monotonic() * speed
process.hrtime.bigint = () => hrtime() * BigInt(speed)
globalThis.setTimeout = (callback, ms = 0, ...rest) => after(callback, ms / speed, ...rest)
globalThis.setInterval = (callback, ms = 0, ...rest) => every(callback, ms / speed, ...rest)
