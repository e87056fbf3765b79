import type Stripe from 'stripe'
import type { CreateCheckoutSessionInput, ProviderOperation } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { CheckoutSessionData } from '../snapshots.ts'
import type { StripeClient } from './client.ts'
import { normalizeCheckoutSession } from './normalize-checkout.ts'
import { toMetadata } from './reference.ts'

/** Expanded, because only the subscription tells a failed slow payment from one that is still clearing. */
const expand = ['subscription']

export function createCheckoutSession(
  client: StripeClient,
  input: CreateCheckoutSessionInput,
  operation: ProviderOperation<'create_checkout_session'>,
): Promise<CheckoutSessionData> {
  if (input.externalCouponId && input.allowPromotionCodes) throw bothDiscounts(client.provider)
  const params = createParams(input, operation.id)
  return client.write(async (stripe) =>
    normalizeCheckoutSession(
      await stripe.checkout.sessions.create(params, { idempotencyKey: operation.idempotencyKey }),
    ),
  )
}

function createParams(input: CreateCheckoutSessionInput, operationId: string): Stripe.Checkout.SessionCreateParams {
  const metadata = toMetadata({ ...input.reference, operationId })
  return {
    mode: 'subscription',
    customer: input.externalCustomerId,
    line_items: [
      { price: input.externalPriceId, quantity: input.quantity },
      // Stripe refuses a quantity beside a metered price.
      ...(input.meteredExternalPriceIds ?? []).map((price) => ({ price })),
    ],
    success_url: input.successUrl,
    cancel_url: input.cancelUrl,
    metadata,
    // Stripe does not copy a session's metadata to the subscription it makes.
    subscription_data: { metadata, ...(input.trialDays > 0 && { trial_period_days: input.trialDays }) },
    ...(input.reference.checkoutSessionId && { client_reference_id: input.reference.checkoutSessionId }),
    ...(input.externalCouponId && { discounts: [{ coupon: input.externalCouponId }] }),
    ...(input.allowPromotionCodes && { allow_promotion_codes: true }),
    ...taxParams(input),
  }
}

/** For a customer that exists Stripe wants leave to keep what the buyer enters: the name beside a tax id, the address to tax by. */
function taxParams({ collectTaxIds, automaticTax }: CreateCheckoutSessionInput): Stripe.Checkout.SessionCreateParams {
  if (!collectTaxIds && !automaticTax) return {}
  return {
    ...(collectTaxIds && { tax_id_collection: { enabled: true } }),
    ...(automaticTax && { automatic_tax: { enabled: true } }),
    customer_update: { ...(collectTaxIds && { name: 'auto' }), ...(automaticTax && { address: 'auto' }) },
  }
}

function bothDiscounts(provider: string): PaymentProviderError {
  const detail = 'A checkout session at Stripe has either a coupon or a field for promotion codes, not both.'
  return new PaymentProviderError({ provider, code: 'unsupported', detail })
}

export function retrieveCheckoutSession(client: StripeClient, externalSessionId: string): Promise<CheckoutSessionData> {
  return client.read(async (stripe) =>
    normalizeCheckoutSession(await stripe.checkout.sessions.retrieve(externalSessionId, { expand })),
  )
}

/** Stripe refuses to expire what is no longer open; that is an answer, not a failure. */
export async function expireCheckoutSession(
  client: StripeClient,
  externalSessionId: string,
  operation: ProviderOperation<'expire_checkout_session'>,
): Promise<CheckoutSessionData> {
  try {
    return await client.write(async (stripe) =>
      normalizeCheckoutSession(
        await stripe.checkout.sessions.expire(
          externalSessionId,
          { expand },
          { idempotencyKey: operation.idempotencyKey },
        ),
      ),
    )
  } catch (error) {
    if (!(error instanceof PaymentProviderError && error.code === 'provider_rejected')) throw error
    const session = await retrieveCheckoutSession(client, externalSessionId)
    if (session.status === 'open') throw error
    return session
  }
}
