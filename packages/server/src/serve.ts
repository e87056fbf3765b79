import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { ConfigurationError } from './configuration-error.ts'

export interface ServeOptions {
  /** `body` is the request's, as Node gives it: a web stream of it costs more than all else about a small request. */
  fetch(request: Request, host: { body: AsyncIterable<Uint8Array> }): Promise<Response>
  port: number
  /** Every interface when left out. */
  hostname: string | undefined
  /** How long requests that are running may take once `stop` was called. */
  graceMs: number
}

export interface Listening {
  port: number
  /** Takes no more requests, finishes those that run, and cuts what is left after the grace. */
  stop(): Promise<void>
}

/** Errors: ConfigurationError for a port or an address that cannot be had. */
export async function serve({ fetch, port, hostname, graceMs }: ServeOptions): Promise<Listening> {
  // Replaces the global Request and Response by ones that are only filled in where somebody looks; the process is this server's own.
  const server = createServer(getRequestListener((request, { incoming }) => fetch(request, { body: incoming })))
  await listen(server, port, hostname)
  const { port: actualPort } = server.address() as AddressInfo
  return { port: actualPort, stop: () => stop(server, graceMs) }
}

/**
 * Whether the address can be had, asked before anything else is opened: a mistake is told at once, and changes nothing.
 * Errors: those of `serve`.
 */
export async function requireFreeAddress(port: number, hostname: string | undefined): Promise<void> {
  const probe = createServer()
  await listen(probe, port, hostname)
  await stop(probe, 0)
}

function listen(server: Server, port: number, hostname: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `PORT ${port} is in use by another process.`,
        EACCES: `PORT ${port} may not be used by this user.`,
        EADDRNOTAVAIL: `HOST ${hostname} is no address of this machine.`,
        ENOTFOUND: `HOST ${hostname} is no address of this machine.`,
      }
      const sentence = error.code && reasons[error.code]
      reject(sentence ? new ConfigurationError(sentence) : error)
    })
    server.listen({ port, ...(hostname === undefined ? {} : { host: hostname }) }, resolve)
  })
}

function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
