import {
  arrange,
  type Delivery,
  type DeliveryResult,
  type DeliveryWays,
  isSettled,
  postDeliveries,
} from '../emulator/deliveries.ts'
import type { PaypalEvent } from './objects.ts'
import { type Forgery, signWebhook } from './webhook-signing.ts'

export interface DeliveryOptions extends DeliveryWays<PaypalEvent> {
  /** The time in the signature; now when left out. */
  signedAt?: Date
  /** Signs wrongly, in one certain way. */
  forge?: Forgery
  /** These events stay in the queue this time. */
  delay?: (event: PaypalEvent) => boolean
}

export interface SignedDelivery extends Delivery {
  event: PaypalEvent
}

/** Every event emitted, and the queue of those that no endpoint has acknowledged. */
export interface EventOutbox {
  /** Where webhooks go; may be set when the receiver's port is known. */
  target: string | null
  readonly events: PaypalEvent[]
  readonly queued: readonly PaypalEvent[]
  add(event: PaypalEvent): void
  deliver(options?: DeliveryOptions): Promise<DeliveryResult[]>
  signed(options?: DeliveryOptions): SignedDelivery[]
}

interface Sender {
  webhookId: string
  newTransmissionId(): string
  wallClock(): Date
}

export function createEventOutbox(sender: Sender): EventOutbox {
  const events: PaypalEvent[] = []
  let queue: PaypalEvent[] = []
  const take = ({ events: chosen, delay }: DeliveryOptions) => (chosen ?? queue).filter((event) => !delay?.(event))
  const remove = (gone: readonly PaypalEvent[]) => {
    const ids = new Set(gone.map(({ id }) => id))
    queue = queue.filter(({ id }) => !ids.has(id))
  }
  const outbox: EventOutbox = {
    target: null,
    events,
    get queued() {
      return queue
    },
    add: (event) => {
      if (!events.includes(event)) events.push(event)
      queue.push(event)
    },
    deliver: async (options = {}) => {
      if (outbox.target === null) throw new Error('The PayPal emulator has no webhook endpoint to deliver to')
      const taken = take(options)
      const results = await postDeliveries(outbox.target, signAll(sender, taken, options), options.parallel ?? 1)
      remove(taken.filter(({ id }) => isSettled(id, results)))
      return results
    },
    signed: (options = {}) => {
      const taken = take(options)
      remove(taken)
      return signAll(sender, taken, options)
    },
  }
  return outbox
}

function signAll(sender: Sender, events: readonly PaypalEvent[], options: DeliveryOptions): SignedDelivery[] {
  return arrange(events, options).map((event) => {
    const transmission = {
      id: sender.newTransmissionId(),
      time: options.signedAt ?? sender.wallClock(),
      webhookId: sender.webhookId,
    }
    const sent = options.render?.(event) ?? event
    return {
      id: event.id,
      type: sent.event_type,
      event,
      ...signWebhook(bodyOf(sent), transmission, options.forge ?? null),
    }
  })
}

/** Slashes are escaped, which is JSON as well: whoever parses and writes it anew has other bytes, and no valid signature. */
export function bodyOf(event: PaypalEvent): string {
  return JSON.stringify(event).replaceAll('/', '\\/')
}
