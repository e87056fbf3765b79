import type Stripe from 'stripe'
import type { PortalAbility } from '../provider.ts'
import type { StripeClient } from './client.ts'

type PortalInput = Parameters<PortalAbility['createPortalLink']>[0]

/** A link that nobody opened leaves nothing behind, so a lost answer is retryable and no unknown outcome. */
export function createPortalLink(client: StripeClient, input: PortalInput): Promise<{ url: string }> {
  const params: Stripe.BillingPortal.SessionCreateParams = {
    customer: input.externalCustomerId,
    return_url: input.returnUrl,
    ...(input.purpose === 'payment_method' && { flow_data: cardFlow(input.returnUrl) }),
  }
  return client.read(async (stripe) => {
    const { url } = await stripe.billingPortal.sessions.create(params)
    return { url }
  })
}

function cardFlow(returnUrl: string): Stripe.BillingPortal.SessionCreateParams.FlowData {
  return {
    type: 'payment_method_update',
    after_completion: { type: 'redirect', redirect: { return_url: returnUrl } },
  }
}
