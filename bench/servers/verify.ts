import { createHmac, timingSafeEqual } from 'node:crypto'
import { webhookSecret } from '../fixture.ts'
import type { BenchEvent } from '../stripe-events.ts'

/** The floors' own check of a signature, and the event it vouches for. Errors: whatever does not verify. */
export function verifiedEvent(body: Buffer, header: string): BenchEvent {
  const [, seconds, signature] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? []
  if (!seconds || !signature || Math.abs(Date.now() / 1000 - Number(seconds)) > 300) throw new Error('bad signature')
  const expected = createHmac('sha256', webhookSecret).update(`${seconds}.`).update(body).digest()
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new Error('bad signature')
  return JSON.parse(body.toString())
}
