import { randomUUID } from 'node:crypto'
import type { SandboxEvent } from '../../src/providers/sandbox/normalize-webhook.ts'
import type { ToldObject } from '../../src/providers/sandbox/objects.ts'
import type { SandboxEventType } from '../../src/providers/sandbox/state.ts'
import { signatureHeaders } from '../../src/providers/sandbox/verify-webhook.ts'
import type { Delivery, Shop } from './sandbox-shop.ts'

/** A secret of these tests, so that they can send what the sandbox itself would never send. */
export const webhookSecret = `whsec_${Buffer.from('a secret for these tests only').toString('base64')}`
const keys = [Buffer.from(webhookSecret.replace('whsec_', ''), 'base64')]

export interface ForgedEvent {
  type: SandboxEventType | 'surprise'
  at: string | Date
  data: ToldObject
  id?: string
}

/** A delivery that is signed as the sandbox signs. */
export function sign(
  shop: Pick<Shop, 'billing'>,
  { type, at, data, id = `sbx_evt_${randomUUID()}` }: ForgedEvent,
): Delivery {
  const event = { id, type, occurred_at: new Date(at).toISOString(), sequence: 1, data } satisfies Omit<
    SandboxEvent,
    'type'
  > & {
    type: string
  }
  const body = JSON.stringify(event)
  const headers = new Headers(signatureHeaders(keys, id, body, shop.billing.clock.now()))
  return { rawBody: new TextEncoder().encode(body), headers }
}

/** Sends an event through the door and answers the inbox row's id. */
export async function send(shop: Pick<Shop, 'billing'>, event: ForgedEvent): Promise<void> {
  await shop.billing.receiveWebhook({ provider: 'sandbox', ...sign(shop, event) })
}

/** What a captured delivery says. */
export const eventOf = (delivery: Delivery): SandboxEvent => JSON.parse(new TextDecoder().decode(delivery.rawBody))
