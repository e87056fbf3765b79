import { createHmac } from 'node:crypto'
import { arrange, type Delivery, type DeliveryWays } from '../emulator/deliveries.ts'
import type { StripeEvent } from './objects.ts'

export interface DeliveryOptions extends DeliveryWays<StripeEvent> {
  /** Real unix time of the signature; now when left out. */
  signedAt?: number
}

export interface SignedDelivery extends Delivery {
  event: StripeEvent
}

/** `t=<unix>,v1=<hex>`: HMAC-SHA256 of `t.body`, with the whole `whsec_...` text as the key. */
export function signPayload(body: string | Uint8Array, secret: string, timestamp: number): string {
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
  return `t=${timestamp},v1=${signature}`
}

/** What would go over the wire for these events, in the order of sending. */
export function signEvents(events: readonly StripeEvent[], secret: string, options: DeliveryOptions): SignedDelivery[] {
  const timestamp = options.signedAt ?? Math.floor(Date.now() / 1000)
  return arrange(events, options).map((event) => {
    const body = JSON.stringify(options.render?.(event) ?? event, null, 2)
    return {
      id: event.id,
      type: event.type,
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
