import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Context } from '../context.ts'
import { BillhookError, errorMessage, storableText } from '../primitives/index.ts'
import { addressRules, allowedAddresses } from './allowed-address.ts'

export interface PostWebhookInput {
  url: string
  headers: Record<string, string>
  body: string
}

/** What became of one request. Something that goes wrong is an answer, too. */
export interface WebhookAnswer {
  /** Null where none came. */
  statusCode: number | null
  error: string | null
  /** The first bytes of the answer. */
  responseStart: string | null
  retryAfterMs: number | null
}

const responseBytesKept = 500

/** Of the service itself; nothing here says who or what is behind it. */
const userAgent = 'Billhook-Webhooks/1'

/**
 * One POST: no redirect is followed, no connection is kept or shared, and the address that is connected to is the one that was checked.
 * The status is the outcome, whatever becomes of the body after it.
 */
export async function postWebhook(
  ctx: Pick<Context, 'resolveHost' | 'settings'>,
  { url, headers, body }: PostWebhookInput,
): Promise<WebhookAnswer> {
  const target = new URL(url)
  const signal = AbortSignal.timeout(ctx.settings.webhookTimeoutMs)
  try {
    // An address in the URL itself is connected to without a lookup.
    const literal = target.hostname.replace(/^\[|\]$/g, '')
    if (isIP(literal) > 0) await allowedAddresses(addressRules(ctx), literal)
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = target.protocol === 'https:' ? httpsRequest : httpRequest
      const options = { method: 'POST', agent: false, lookup: checkedLookup(ctx), signal } as const
      send(target, {
        ...options,
        headers: { ...headers, 'user-agent': userAgent, 'content-length': Buffer.byteLength(body) },
      })
        .on('response', resolve)
        .on('error', reject)
        // Without a listener nobody would hear of such an answer, and the place of this request would be taken for ever.
        .on('upgrade', (_response, socket) => {
          socket.destroy()
          reject(new Error('The answer was 101 Switching Protocols.'))
        })
        .end(body)
    })
    return {
      statusCode: response.statusCode ?? null,
      error: null,
      responseStart: await startOf(response),
      retryAfterMs: retryAfterMs(response.headers['retry-after']),
    }
  } catch (error) {
    return { statusCode: null, error: reasonOf(error, signal), responseStart: null, retryAfterMs: null }
  }
}

function checkedLookup(ctx: Pick<Context, 'resolveHost' | 'settings'>): LookupFunction {
  return (hostname, { all }, callback) => {
    allowedAddresses(addressRules(ctx), hostname).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }))
        const [first] = found
        if (all || !first) callback(null, found)
        else callback(null, first.address, first.family)
      },
      (error) => callback(error, []),
    )
  }
}

/** As much as is kept. A body that breaks off or never ends changes nothing about the answer. */
function startOf(response: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    let kept = Buffer.alloc(0)
    const end = (): void => {
      response.destroy()
      const text = new TextDecoder().decode(kept.subarray(0, responseBytesKept))
      resolve(text === '' ? null : storableText(text))
    }
    response
      .on('data', (chunk: Buffer) => {
        kept = Buffer.concat([kept, chunk])
        if (kept.length >= responseBytesKept) end()
      })
      .on('end', end)
      .on('error', end)
      .on('close', end)
  })
}

/** Seconds; a date would compare the receiver's clock with ours. */
const retryAfterMs = (header: string | undefined): number | null =>
  header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) * 1000 : null

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (error instanceof BillhookError) return error.code
  if (signal.aborted) return 'timeout'
  return storableText(errorMessage(error)).slice(0, 500)
}
