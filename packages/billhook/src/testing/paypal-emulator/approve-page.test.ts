import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applicationContext, freeTrial, monthly, openTestAccount, type TestAccount } from './test-account.ts'

let account: TestAccount

beforeEach(async () => {
  account = await openTestAccount()
})
afterEach(() => account.emulator.stop())

const choose = (url: string, action: string) =>
  fetch(url, { method: 'POST', body: new URLSearchParams({ action }), redirect: 'manual' })

describe('the page behind an approve link', () => {
  it('shows what is bought, with every name escaped', async () => {
    const cycles = [freeTrial, { ...monthly, sequence: 2 }]
    const planId = await account.createPlan({ name: 'Pro & <Co>', billingCycles: cycles })
    const { approveUrl } = await account.openSubscription({ planId, quantity: '3' })
    const html = await (await fetch(approveUrl)).text()
    expect(html).toContain('Pro &amp; &lt;Co&gt;')
    expect(html).toContain('Trial: free every 14 days, once')
    expect(html).toContain('60.00 EUR every month')
  })

  it('sends who agrees back with the subscription and both tokens, once', async () => {
    const { id, approveUrl } = await account.openSubscription()
    const response = await choose(approveUrl, 'approve')
    expect(response.status).toBe(303)
    const location = new URL(response.headers.get('location') ?? '')
    expect(location.origin + location.pathname).toBe('https://shop.example.test/done')
    expect(location.searchParams.get('from')).toBe('paypal')
    expect(location.searchParams.get('subscription_id')).toBe(id)
    expect(approveUrl).toContain(location.searchParams.get('ba_token'))
    expect(location.searchParams.has('token')).toBe(true)
    expect((await account.subscription(id)).status).toBe('ACTIVE')
    expect((await fetch(approveUrl)).status).toBe(404)
  })

  it('sends who turns back to the cancel address, and the link works on until three hours are over', async () => {
    const { id, approveUrl } = await account.openSubscription({ applicationContext })
    const response = await choose(approveUrl, 'cancel')
    expect(response.headers.get('location')).toContain(applicationContext.cancelUrl)
    expect((await account.subscription(id)).status).toBe('APPROVAL_PENDING')
    expect((await fetch(approveUrl)).status).toBe(200)
    account.emulator.clock.advance('PT3H1S')
    expect((await fetch(approveUrl)).status).toBe(404)
  })

  it('lets the buyer choose money that fails later', async () => {
    const { id, approveUrl } = await account.openSubscription()
    await choose(approveUrl, 'approve_fails_later')
    account.emulator.clock.advance('P1M')
    expect((await account.subscription(id)).billingInfo?.lastFailedPayment).toBeDefined()
  })
})
