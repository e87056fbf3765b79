import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { pathToFileURL } from 'node:url'
import { BillhookError, type BillingOptions, type BillingService, createBilling } from 'billhook'
import { sandboxProvider } from 'billhook/providers/sandbox'

/** An application that sells its reports by subscription, with Billhook inside. */
export async function startApp({ port = 3000, ...options }: Partial<BillingOptions> & { port?: number } = {}) {
  const mails: string[] = []
  const parts: { billing?: BillingService } = {}
  const server = createServer((incoming, outgoing) => void answer(parts.billing, incoming, outgoing))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const billing = await createBilling({
    baseUrl,
    providers: { sandbox: sandboxProvider() },
    listeners: {
      // Called at least once for each event, in order; a failure is tried again.
      welcome: async (event) => {
        if (event.type === 'subscription.activated') mails.push(`Welcome, ${event.organizationId}!`)
      },
    },
    ...options,
  })
  parts.billing = billing
  billing.start()
  const stop = async () => {
    server.closeAllConnections()
    server.close()
    await billing.stop()
  }
  return { billing, baseUrl, mails, stop }
}

async function answer(billing: BillingService | undefined, incoming: IncomingMessage, outgoing: ServerResponse) {
  const response = billing
    ? await route(billing, toRequest(incoming)).catch(failed)
    : new Response('starting', { status: 503 })
  outgoing.statusCode = response.status
  outgoing.setHeaders(response.headers)
  outgoing.end(Buffer.from(await response.arrayBuffer()))
}

/** Billhook's handler never throws; its calls do, with a code and the HTTP status that fits. */
const failed = (error: unknown): Response =>
  error instanceof BillhookError
    ? Response.json({ code: error.code }, { status: error.status })
    : new Response(null, { status: 500 })

/** The application's own pages come first; everything else is Billhook's: the REST API, webhooks, hosted pages. */
async function route(billing: BillingService, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname !== '/reports') return billing.handler(request)
  // A real application knows the organization from its session.
  const organizationId = request.headers.get('x-organization') ?? ''
  const mayExport = await billing.checkFeatureAccess({ organizationId, feature: 'export' })
  return mayExport ? Response.json({ report: 42 }) : Response.json({ upgrade: '/pricing' }, { status: 402 })
}

function toRequest(incoming: IncomingMessage): Request {
  const { method = 'GET', headers, url = '/' } = incoming
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null
  const sent = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return new Request(new URL(url, `http://${headers.host}`), {
    method,
    headers: sent as [string, string][],
    body,
    duplex: 'half',
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await startApp()
