import { apiVersion, type EmulatorContext } from './emulator-context.ts'
import type { StripeEvent, StripeObject } from './objects.ts'
import { renderObject } from './render.ts'

/** Makes `emit`: a snapshot of the object as it is now, kept for the API and queued for delivery. */
export function createEmitter(
  context: () => EmulatorContext,
  onEvent: (event: StripeEvent) => void,
): EmulatorContext['emit'] {
  return (type: string, object: StripeObject, previous?: Record<string, unknown>) => {
    const { state, clock, newId, request } = context()
    const event: StripeEvent = {
      id: newId('evt'),
      object: 'event',
      api_version: apiVersion,
      created: clock.seconds(),
      data: {
        object: renderObject(object),
        ...(previous ? { previous_attributes: structuredClone(previous) } : {}),
      },
      livemode: false,
      pending_webhooks: 1,
      request: { id: request?.id ?? null, idempotency_key: request?.idempotencyKey ?? null },
      type,
    }
    state.events.set(event.id, event)
    onEvent(event)
    return event
  }
}
