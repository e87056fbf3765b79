// A receiver of Billhook's webhooks: what to check, what to answer, and how to be right in any order. No framework, no database.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { verifyWebhook, type WebhookMessage } from 'billhook/webhooks'

/** What the application knows of each subscription. A real one keeps both maps in its database, written in one transaction. */
export interface Books {
  /** Ids of messages that were taken in: a delivery may be repeated. */
  seen: Set<string>
  /** The newest state of each object, with its sequence: deliveries may overtake each other. */
  newest: Map<string, { sequence: number; status: string }>
}

export interface ReceiverOptions {
  port: number
  /** The endpoint's; while it is rotated, the old and the new one. */
  secrets: readonly string[]
  books: Books
  /** The system's when left out. */
  now?: () => Date
}

/** Listens until `close` is called. */
export async function startReceiver({ port, secrets, books, now = () => new Date() }: ReceiverOptions) {
  const server = createServer(async (request, response) => {
    const message = read(await bodyOf(request), request.headers, { secrets, now: now() })
    // Not from Billhook, or not for us. What goes wrong on our own side should be a 5xx: then it comes again.
    response.writeHead(message ? 204 : 400)
    if (message) takeIn(books, message)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: actual } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${actual}/webhooks`,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** Null for what is not signed as it should be. */
function read(
  body: Uint8Array,
  headers: IncomingMessage['headers'],
  { secrets, now }: { secrets: readonly string[]; now: Date },
): WebhookMessage | null {
  try {
    // The bytes as they came: JSON that was parsed and written again is signed by nobody.
    return verifyWebhook({ body, headers, secret: secrets, now })
  } catch {
    return null
  }
}

/** Right however often and in whatever order messages arrive. */
export function takeIn({ seen, newest }: Books, message: WebhookMessage): void {
  if (message.type === 'webhook.test' || seen.has(message.id)) return
  seen.add(message.id)
  const before = newest.get(message.object_id)
  if (before && before.sequence >= message.sequence) return
  if (message.object_kind === 'subscription' && 'status' in message.data)
    newest.set(message.object_id, { sequence: message.sequence, status: message.data.status })
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const secrets = (process.env.WEBHOOK_SECRET ?? '').split(',')
  const books: Books = { seen: new Set(), newest: new Map() }
  const { url } = await startReceiver({ port: Number(process.env.PORT ?? 4243), secrets, books })
  process.stdout.write(`Listening at ${url}\n`)
}
