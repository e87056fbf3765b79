import { type DeliveryResult, isSettled, postDeliveries } from '../emulator/deliveries.ts'
import type { StripeEvent } from './objects.ts'
import { type DeliveryOptions, type SignedDelivery, signEvents } from './webhook-delivery.ts'

export interface WebhookTarget {
  url: string
  /** The whole `whsec_...` text. */
  secret: string
}

/** Every event emitted, and the queue of those that no endpoint has acknowledged. */
export interface EventOutbox {
  target: WebhookTarget | null
  readonly events: StripeEvent[]
  readonly queued: readonly StripeEvent[]
  add(event: StripeEvent): void
  deliver(options?: DeliveryOptions): Promise<DeliveryResult[]>
  signed(options?: DeliveryOptions & { secret?: string }): SignedDelivery[]
}

export function createEventOutbox(target: WebhookTarget | null): EventOutbox {
  const events: StripeEvent[] = []
  let queue: StripeEvent[] = []
  const remove = (gone: ReadonlySet<string>) => {
    queue = queue.filter((event) => !gone.has(event.id))
  }
  const outbox: EventOutbox = {
    target,
    events,
    get queued() {
      return queue
    },
    add: (event) => {
      events.push(event)
      queue.push(event)
    },
    deliver: async (options = {}) => {
      if (!outbox.target) throw new Error('The Stripe emulator has no webhook endpoint to deliver to')
      const taken = [...(options.events ?? queue)]
      const deliveries = signEvents(taken, outbox.target.secret, options)
      const results = await postDeliveries(outbox.target.url, deliveries, options.parallel ?? 1)
      const settled = taken.filter((event) => isSettled(event.id, results))
      for (const event of settled) event.pending_webhooks = 0
      remove(new Set(settled.map((event) => event.id)))
      return results
    },
    signed: ({ secret, ...options } = {}) => {
      const key = secret ?? outbox.target?.secret
      if (key === undefined) throw new Error('The Stripe emulator has no webhook secret to sign with')
      const taken = [...(options.events ?? queue)]
      remove(new Set(taken.map((event) => event.id)))
      return signEvents(taken, key, options)
    },
  }
  return outbox
}
