import { createHmac } from 'node:crypto'
import type { StripeEvent } from './objects.ts'

export interface DeliveryOptions {
  /** As they happened, or in an order that `seed` fixes. */
  order?: 'sequence' | 'shuffled'
  seed?: number
  /** How many extra times each event is sent. */
  duplicate?: number
  /** Events that are lost on the way, for good. */
  drop?: (event: StripeEvent) => boolean
  /** These instead of the queue; they may have been delivered before. */
  events?: readonly StripeEvent[]
  /** Changes what is sent, for example into `toLegacyShape`. */
  render?: (event: StripeEvent) => StripeEvent
  /** Real unix time of the signature; now when left out. */
  signedAt?: number
  /** How many requests at once; 1 when left out. */
  parallel?: number
}

export interface SignedDelivery {
  event: StripeEvent
  body: string
  headers: Record<string, string>
}

export interface DeliveryResult {
  eventId: string
  type: string
  /** The endpoint's HTTP status; null when it could not be reached. */
  status: number | null
}

/** `t=<unix>,v1=<hex>`: HMAC-SHA256 of `t.body`, with the whole `whsec_...` text as the key. */
export function signPayload(body: string | Uint8Array, secret: string, timestamp: number): string {
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
  return `t=${timestamp},v1=${signature}`
}

/** What would go over the wire for these events, in the order of sending. */
export function signEvents(events: readonly StripeEvent[], secret: string, options: DeliveryOptions): SignedDelivery[] {
  const copies = events
    .filter((event) => !(options.drop?.(event) ?? false))
    .flatMap((event) => Array.from({ length: 1 + (options.duplicate ?? 0) }, () => event))
  const ordered = options.order === 'shuffled' ? shuffle(copies, options.seed ?? 1) : copies
  const timestamp = options.signedAt ?? Math.floor(Date.now() / 1000)
  return ordered.map((event) => {
    const body = JSON.stringify(options.render?.(event) ?? event, null, 2)
    return {
      event,
      body,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'stripe-signature': signPayload(body, secret, timestamp),
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      },
    }
  })
}

/** Posts them; an endpoint that cannot be reached is a result, not an error. */
export async function postDeliveries(
  url: string,
  deliveries: readonly SignedDelivery[],
  parallel: number,
): Promise<DeliveryResult[]> {
  const results: DeliveryResult[] = []
  for (let start = 0; start < deliveries.length; start += parallel) {
    const batch = deliveries.slice(start, start + parallel)
    results.push(...(await Promise.all(batch.map((delivery) => post(url, delivery)))))
  }
  return results
}

async function post(url: string, { event, body, headers }: SignedDelivery): Promise<DeliveryResult> {
  const facts = { eventId: event.id, type: event.type }
  try {
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' })
    await response.arrayBuffer()
    return { ...facts, status: response.status }
  } catch {
    return { ...facts, status: null }
  }
}

/** Fisher-Yates over a small linear generator: the same seed gives the same order everywhere. */
function shuffle<T>(list: readonly T[], seed: number): T[] {
  const shuffled = [...list]
  let state = seed >>> 0
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const pick = Math.floor((state / 2 ** 32) * (last + 1))
    const [a, b] = [shuffled[last], shuffled[pick]]
    if (a === undefined || b === undefined) continue
    shuffled[last] = b
    shuffled[pick] = a
  }
  return shuffled
}
