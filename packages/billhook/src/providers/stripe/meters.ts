import type Stripe from 'stripe'
import type { ProviderOperation, PublishPriceInput } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { StripeClient } from './client.ts'
import { meterWire, readWire } from './wire.ts'

type Metered = NonNullable<PublishPriceInput['price']['metered']>

/** What `reportUsage` puts into a meter event. */
const customerKey = 'stripe_customer_id'
const valueKey = 'value'

/** The id of the active meter of this event name, made where there is none: Stripe has one of a name at a time. */
export async function publishMeter(
  client: StripeClient,
  metered: Metered,
  { idempotencyKey }: ProviderOperation<'publish_price'>,
): Promise<string> {
  const known = await findMeter(client, metered.meterEventName)
  if (known) return known
  const params: Stripe.Billing.MeterCreateParams = {
    display_name: metered.meterName,
    event_name: metered.meterEventName,
    // What is reported are sums of what was counted since the last report, whatever the meter counts here.
    default_aggregation: { formula: 'sum' },
    customer_mapping: { type: 'by_id', event_payload_key: customerKey },
    value_settings: { event_payload_key: valueKey },
  }
  try {
    const options = { idempotencyKey: `${idempotencyKey}:meter` }
    return await client.write(async (stripe) => (await stripe.billing.meters.create(params, options)).id)
  } catch (error) {
    // Two prices of one meter can be published at the same time.
    const other = error instanceof PaymentProviderError && error.outcome === 'failed'
    const made = other ? await findMeter(client, metered.meterEventName) : null
    if (made) return made
    throw error
  }
}

/** Throws `provider_rejected` for one that would not add up what is reported. */
function findMeter(client: StripeClient, eventName: string): Promise<string | null> {
  return client.read(async (stripe) => {
    for await (const meter of stripe.billing.meters.list({ status: 'active', limit: 100 })) {
      if (meter.event_name !== eventName) continue
      const found = readWire(meterWire, meter, 'meter')
      const addsUp =
        found.default_aggregation.formula === 'sum' &&
        found.customer_mapping.event_payload_key === customerKey &&
        found.value_settings.event_payload_key === valueKey
      if (addsUp) return found.id
      const detail = `Stripe's meter ${found.id} has the event name ${eventName} and does not sum "${valueKey}" of "${customerKey}".`
      throw new PaymentProviderError({ provider: client.provider, code: 'provider_rejected', detail })
    }
    return null
  })
}
