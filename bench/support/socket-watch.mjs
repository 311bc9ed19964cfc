/** When bytes are handed to the kernel: the last write of any TCP socket of this process. */
import { Socket } from "node:net"

let lastWriteMs = Number.NaN

const write = Socket.prototype._writeGeneric
Socket.prototype._writeGeneric = function (...given) {
  const result = write.apply(this, given)
  if (this.remotePort !== undefined) lastWriteMs = performance.now()
  return result
}

export const lastWrite = () => lastWriteMs
