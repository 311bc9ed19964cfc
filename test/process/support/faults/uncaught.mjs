// At SIGUSR2, something breaks where nobody catches it.
const FAULTS = {
  "uncaught exception": () => {
    throw new TypeError("thrown where nobody catches")
  },
  "uncaught rejection": () => void Promise.reject(new RangeError("rejected where nobody catches")),
  "uncaught thrice": () => {
    for (const _ of [1, 2, 3]) void Promise.reject(new RangeError("rejected where nobody catches"))
  },
  "uncaught text": () => void Promise.reject("no error at all")
}

process.on("SIGUSR2", FAULTS[process.env.FAULT])
