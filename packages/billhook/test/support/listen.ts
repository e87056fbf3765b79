import { serve } from '../../../server/src/serve.ts'

type Handler = (request: Request) => Promise<Response>

/** A handler behind a real port of this machine. */
export async function listen(
  handler: Handler,
  port = 0,
): Promise<{ url: string; port: number; stop(): Promise<void> }> {
  const listening = await serve({ fetch: (request) => handler(request), port, hostname: '127.0.0.1', graceMs: 0 })
  return { url: `http://127.0.0.1:${listening.port}`, port: listening.port, stop: listening.stop }
}
