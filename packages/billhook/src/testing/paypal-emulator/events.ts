import type { EmulatorContext } from './emulator-context.ts'
import { envelopeOf, summaryOf } from './event-types.ts'
import type { PaypalEvent } from './objects.ts'
import { linkTo } from './render-catalog.ts'

/** Makes `emit`: a snapshot of the resource as it is now, kept for the API and queued for delivery. */
export function createEmitter(
  context: () => EmulatorContext,
  onEvent: (event: PaypalEvent) => void,
): EmulatorContext['emit'] {
  return (type, resource) => {
    const { state, clock, ids } = context()
    const id = ids.next('WH-', 35)
    const path = `/v1/notifications/webhooks-events/${id}`
    const event: PaypalEvent = {
      id,
      create_time: clock.now().toISOString(),
      event_type: type,
      summary: summaryOf(type),
      ...envelopeOf(type),
      resource: structuredClone(resource),
      links: [linkTo(context(), path), linkTo(context(), `${path}/resend`, 'resend', 'POST')],
    }
    state.events.set(id, event)
    onEvent(event)
    return event
  }
}
