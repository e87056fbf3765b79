import { addDuration } from '../../primitives/index.ts'
import type { CreateCheckoutSessionInput, ProviderOperation } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { CheckoutSessionData } from '../snapshots.ts'
import { type PayPalClient, requestId } from './client.ts'
import { understand } from './errors.ts'
import { normalizeCheckoutSession } from './normalize-checkout.ts'
import { isCustomer, toCustomId } from './reference.ts'
import type { SdkCall } from './sdk.ts'
import { readSubscriptionWire } from './subscriptions.ts'
import { subscriptionWire } from './wire.ts'

/** A session is the subscription itself, which waits for the buyer's approval. Nothing is charged before it. */
export async function createCheckoutSession(
  client: PayPalClient,
  input: CreateCheckoutSessionInput,
  operation: ProviderOperation<'create_checkout_session'>,
): Promise<CheckoutSessionData> {
  refuseOptions(client.provider, input)
  if (!isCustomer(input.externalCustomerId)) throw noCustomer(client.provider, input.externalCustomerId)
  if (!Number.isSafeInteger(input.quantity) || input.quantity < 1) throw noQuantity(client.provider, input.quantity)
  const { externalCustomerId, reference } = input
  const customId = toCustomId(client.provider, {
    externalCustomerId,
    reference: { ...reference, operationId: operation.id },
  })
  const wire = await client.call('write', subscriptionWire, creation(client, input, operation, customId))
  return normalizeCheckoutSession(wire)
}

function creation(
  { settings }: PayPalClient,
  input: CreateCheckoutSessionInput,
  { startedAt, idempotencyKey }: ProviderOperation<'create_checkout_session'>,
  customId: string,
): SdkCall {
  // From the operation and not from the clock: a repeat must be the same request.
  const startTime = input.trialDays > 0 ? addDuration(startedAt, `P${input.trialDays}D`).toISOString() : null
  return (api, sdk) =>
    api.createSubscription({
      prefer: 'return=representation',
      paypalRequestId: requestId(idempotencyKey, 'subscription'),
      body: {
        planId: input.externalPriceId,
        quantity: String(input.quantity),
        customId,
        // A plan's trial cycles cannot be left out for somebody who had his trial: a start that is put off can.
        ...(startTime && { startTime }),
        applicationContext: {
          ...(settings.brandName && { brandName: settings.brandName }),
          shippingPreference: sdk.ExperienceContextShippingPreference.NoShipping,
          userAction: sdk.ApplicationContextUserAction.SubscribeNow,
          paymentMethod: { payeePreferred: sdk.PayeePaymentMethodPreference.ImmediatePaymentRequired },
          returnUrl: input.successUrl,
          cancelUrl: input.cancelUrl,
        },
      },
    })
}

export async function retrieveCheckoutSession(client: PayPalClient, id: string): Promise<CheckoutSessionData> {
  const wire = await readSubscriptionWire(client, id)
  return understand(client.provider, () => normalizeCheckoutSession(wire))
}

/**
 * PayPal cannot take an approval page back: it is called expired from now on, and a buyer who approves it all the same has a subscription,
 * which comes by its own events. One that PayPal has forgotten can never be approved.
 */
export async function expireCheckoutSession(client: PayPalClient, id: string): Promise<CheckoutSessionData> {
  try {
    const session = await retrieveCheckoutSession(client, id)
    return session.status === 'open' ? asExpired(session) : session
  } catch (error) {
    if (isForgotten(error) && /^I-[0-9A-Z]+$/.test(id)) return forgotten(id)
    throw error
  }
}

const asExpired = (session: CheckoutSessionData): CheckoutSessionData => ({ ...session, status: 'expired', url: null })
const isForgotten = (error: unknown): boolean =>
  error instanceof PaymentProviderError && error.code === 'resource_missing'

const forgotten = (externalSessionId: string): CheckoutSessionData => ({
  externalSessionId,
  status: 'expired',
  url: null,
  externalCustomerId: null,
  externalSubscriptionId: null,
  expiresAt: null,
  reference: {},
})

function refuseOptions(provider: string, input: CreateCheckoutSessionInput): void {
  const asked = [
    input.externalCouponId && 'a coupon',
    input.allowPromotionCodes && 'a field for promotion codes',
    input.collectTaxIds && 'a field for tax ids',
    input.automaticTax && 'automatic tax',
  ].find(Boolean)
  if (!asked) return
  throw new PaymentProviderError({
    provider,
    code: 'unsupported',
    detail: `PayPal's approval page has no place for ${asked}.`,
  })
}

const noCustomer = (provider: string, id: string): PaymentProviderError =>
  new PaymentProviderError({ provider, code: 'resource_missing', detail: `"${id}" is no customer at PayPal.` })

const noQuantity = (provider: string, quantity: number): PaymentProviderError =>
  new PaymentProviderError({
    provider,
    code: 'provider_rejected',
    detail: `${quantity} is no quantity: whole pieces, at least one.`,
  })
