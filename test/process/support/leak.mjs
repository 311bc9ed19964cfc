// `node --import` this file, and from SIGWINCH on the process's heap fills up: a megabyte every tenth of a second, until it has
// none left.
const kept = []
const fill = () => void kept.push(Array.from({ length: 32_768 }, (_, index) => ({ index })))
process.once("SIGWINCH", () => void setInterval(fill, 100))
