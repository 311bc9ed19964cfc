/** WebSockets of Node, for clients that expect the browser's, and for tests that send what a browser would not. */
// @ts-expect-error: the package brings no types
import ws from "ws"

export interface NodeWebSocket {
  readonly send: (bytes: Buffer | string, options: { readonly binary: boolean }) => void
  readonly on: (event: "open" | "close" | "error" | "message", heard: (data: unknown) => void) => void
  readonly terminate: () => void
}

export const NodeWebSocket = ws as new (url: string) => NodeWebSocket
