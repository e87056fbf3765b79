import { createHash } from 'node:crypto'
import type Stripe from 'stripe'
import type { ProviderOperation, ReportUsageInput } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { StripeClient } from './client.ts'

/** Stripe's limit of a meter event's `identifier`. */
const longestIdentifier = 100

/**
 * One meter event (docs.stripe.com/api/billing/meter-event). Stripe refuses an identifier that it has seen within a day or more: the usage
 * is there already, so that is a success. What it finds wrong later it tells in `v1.billing.meter.error_report_triggered` alone.
 */
export async function reportUsage(
  client: StripeClient,
  input: ReportUsageInput,
  { idempotencyKey }: ProviderOperation<'report_usage'>,
): Promise<{ accepted: true }> {
  const params: Stripe.Billing.MeterEventCreateParams = {
    event_name: input.meterEventName,
    payload: { stripe_customer_id: input.externalCustomerId, value: input.quantity },
    identifier: identifierOf(idempotencyKey),
    timestamp: Math.floor(Date.parse(input.occurredAt) / 1000),
  }
  try {
    // Without an idempotency key, under which Stripe would repeat an error of its own for a day: the identifier counts it once.
    await client.write((stripe) => stripe.billing.meterEvents.create(params))
  } catch (error) {
    const refusal = error instanceof PaymentProviderError ? refusalOf(error) : null
    if (refusal === 'timestamp') throw outOfTime(client.provider, input, error)
    if (refusal !== 'duplicate') throw error
  }
  return { accepted: true }
}

function identifierOf(key: string): string {
  return key.length <= longestIdentifier ? key : createHash('sha256').update(key).digest('hex')
}

const timestampCodes = ['timestamp_too_far_in_past', 'timestamp_in_future']

function refusalOf({ cause }: PaymentProviderError): 'duplicate' | 'timestamp' | null {
  const { code, param, message } = (cause ?? {}) as Partial<Stripe.errors.StripeError>
  // Not always with a code: some accounts get the sentence alone.
  if (code === 'duplicate_meter_event' || /already exists with identifier/i.test(message ?? '')) return 'duplicate'
  return timestampCodes.includes(code ?? '') || param === 'timestamp' ? 'timestamp' : null
}

function outOfTime(provider: string, { occurredAt }: ReportUsageInput, cause: unknown): PaymentProviderError {
  return new PaymentProviderError({
    provider,
    code: 'unsupported',
    detail: `Stripe takes usage from the last 35 days up to 5 minutes ahead; this one is of ${occurredAt}.`,
    cause,
  })
}
