import { invalidRequest, missingParameter } from './api-error.ts'
import { totalsOf } from './bill-totals.ts'
import { change, demand, type EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { amountsOf } from './invoice-lifecycle.ts'
import { amountOfUsage } from './invoice-lines.ts'
import { listParameters, pageOf } from './lists.ts'
import type { Invoice, Meter, Subscription } from './objects.ts'
import type { Route } from './route.ts'

function createMeter(context: EmulatorContext, params: FormReader): Meter {
  const { state, clock } = context
  const eventName = params.required('event_name')
  const taken = [...state.meters.values()].find((meter) => meter.event_name === eventName && meter.status === 'active')
  if (taken) throw invalidRequest(`There is already an active meter with the event name ${eventName}.`)
  const formula = params.hash('default_aggregation')?.oneOf('formula', ['count', 'last', 'sum'] as const)
  if (!formula) throw missingParameter('default_aggregation[formula]')
  const meter: Meter = {
    id: context.newId('mtr'),
    object: 'billing.meter',
    created: clock.seconds(),
    customer_mapping: {
      event_payload_key: params.hash('customer_mapping')?.text('event_payload_key') ?? 'stripe_customer_id',
      type: 'by_id',
    },
    default_aggregation: { formula },
    display_name: params.required('display_name'),
    event_name: eventName,
    event_time_window: null,
    livemode: false,
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: clock.seconds(),
    value_settings: { event_payload_key: params.hash('value_settings')?.text('event_payload_key') ?? 'value' },
  }
  state.meters.set(meter.id, meter)
  return meter
}

/** An invoice looks at what was used until it is finalized: what is reported while it is a draft still counts. */
export function billUsage(context: EmulatorContext, subscription: Subscription, invoice: Invoice): void {
  const metered = invoice.lines.data.flatMap((line) => {
    const { proration, subscription_item: itemId } = line.parent.subscription_item_details
    const price = subscription.items.data.find(({ id }) => id === itemId)?.price
    return !proration && price?.recurring?.usage_type === 'metered' ? [{ line, price }] : []
  })
  if (metered.length === 0) return
  change(context, invoice, 'invoice.updated', () => {
    for (const { line, price } of metered) {
      const used = usedIn(context, price.recurring?.meter ?? '', subscription.customer, line.period)
      const billed = amountOfUsage(price, used)
      Object.assign(line, { ...billed, subtotal: billed.amount })
    }
    const totals = totalsOf(context, subscription, invoice.lines.data)
    Object.assign(invoice, totals, amountsOf(totals.total, context.state.customers.get(invoice.customer)?.balance ?? 0))
  })
}

/** Of a meter that sums, as the only ones that bill here do. */
function usedIn(
  { state }: EmulatorContext,
  meterId: string,
  customer: string,
  period: { start: number; end: number },
): string[] {
  const meter = demand(state.meters, 'meter', meterId)
  return [...state.meterEvents.values()].flatMap(({ event_name, payload, timestamp }) =>
    event_name === meter.event_name &&
    payload[meter.customer_mapping.event_payload_key] === customer &&
    timestamp >= period.start &&
    timestamp < period.end
      ? [payload[meter.value_settings.event_payload_key] ?? '0']
      : [],
  )
}

export const meterRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/billing/meters',
    allowed: [
      ...['customer_mapping.event_payload_key', 'customer_mapping.type', 'default_aggregation.formula'],
      ...['display_name', 'event_name', 'event_time_window', 'value_settings.event_payload_key'],
    ],
    answer: createMeter,
  },
  {
    method: 'GET',
    path: '/v1/billing/meters',
    allowed: [...listParameters, 'status'],
    answer: ({ state }, params) => {
      const status = params.text('status')
      const meters = [...state.meters.values()].filter((meter) => status === null || meter.status === status)
      return { ...pageOf(meters, params, '/v1/billing/meters') }
    },
  },
]
