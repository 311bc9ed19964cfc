/** Loaded before the daemon: its clock of the day is so many milliseconds off, so that it lives in a market's time. */
const shiftMs = Number(process.env["CLOCK_SHIFT_MS"])
const now = Date.now.bind(Date)

Date.now = () => now() + shiftMs
