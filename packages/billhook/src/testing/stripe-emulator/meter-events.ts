import { invalidRequest, missingParameter } from './api-error.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import type { MeterEvent } from './objects.ts'
import type { Route } from './route.ts'

const pastSeconds = 35 * 86_400
const futureSeconds = 5 * 60
const longestIdentifier = 100

/** Takes usage as Stripe does: what is wrong about the meter or the customer would only come out later. */
function createMeterEvent(context: EmulatorContext, params: FormReader): MeterEvent {
  const now = context.clock.seconds()
  const payload = params.hash('payload')
  if (!payload) throw missingParameter('payload')
  const identifier = params.text('identifier') ?? context.newId('mtre')
  if (identifier.length > longestIdentifier)
    throw invalidRequest('Invalid string: at most 100 characters', { param: 'identifier' })
  const timestamp = params.integer('timestamp') ?? now
  if (timestamp < now - pastSeconds)
    throw invalidRequest('The timestamp is more than 35 days in the past.', {
      code: 'timestamp_too_far_in_past',
      param: 'timestamp',
    })
  if (timestamp > now + futureSeconds)
    throw invalidRequest('The timestamp is more than 5 minutes in the future.', {
      code: 'timestamp_in_future',
      param: 'timestamp',
    })
  if (context.state.meterEvents.has(identifier))
    throw invalidRequest(`An event already exists with identifier ${identifier}.`, { code: 'duplicate_meter_event' })
  const event: MeterEvent = {
    ...{ object: 'billing.meter_event', created: now, event_name: params.required('event_name'), identifier },
    ...{ livemode: false, payload: {}, timestamp },
  }
  for (const name of Object.keys(payload.form)) event.payload[name] = payload.required(name)
  context.state.meterEvents.set(identifier, event)
  return event
}

export const meterEventRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/billing/meter_events',
    allowed: ['event_name', 'identifier', 'payload.*', 'timestamp'],
    answer: (context, params) => ({ ...createMeterEvent(context, params) }),
  },
]
