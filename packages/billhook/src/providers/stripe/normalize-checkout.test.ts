import { describe, expect, it } from 'vitest'
import { normalizeCheckoutSession } from './normalize-checkout.ts'
import { checkoutSession } from './testing/sample-objects.ts'

describe('normalizeCheckoutSession', () => {
  it('a session whose slow payment failed is over once its subscription is', () => {
    const unpaid = (status: string) =>
      checkoutSession({ payment_status: 'unpaid', subscription: { id: 'sub_1', status } })
    expect(normalizeCheckoutSession(unpaid('active'))).toMatchObject({
      status: 'processing',
      externalSubscriptionId: 'sub_1',
    })
    expect(normalizeCheckoutSession(unpaid('incomplete_expired')).status).toBe('expired')
  })

  it('shows a page to pay on only while it is open', () => {
    const url = 'https://checkout.stripe.test/c/1'
    expect(normalizeCheckoutSession(checkoutSession({ status: 'open', url })).url).toBe(url)
    expect(normalizeCheckoutSession(checkoutSession({ status: 'expired', url })).url).toBeNull()
    expect(() => normalizeCheckoutSession(checkoutSession({ status: 'folded' }))).toThrow('folded')
  })
})
