import { afterEach, describe, expect, it } from 'vitest'
import { cards, openShop, type Shop, sandboxOf } from './support/sandbox-shop.ts'

describe('a debt', () => {
  const shops: Shop[] = []
  afterEach(async () => {
    for (const shop of shops.splice(0)) await shop.close()
  })

  /** A subscription whose card is declined at the renewal. */
  const owing = async () => {
    const shop = await openShop()
    shops.push(shop)
    const { id } = await shop.subscribe({ card: cards.failsLater })
    await shop.advance('P1M')
    expect(await shop.current()).toMatchObject({ status: 'past_due' })
    const invoice = (await shop.billing.listInvoices({ organizationId: shop.organizationId })).data[0]
    const post = (path: string, body?: object) =>
      shop.billing.call('POST', `/api/v1/${path}`, { organization: 'acme', ...(body && { body }) })
    return {
      shop,
      invoice,
      pay: () => post(`invoices/${invoice?.id}/pay/`),
      link: (which: string, return_url = 'https://a.test/billing') =>
        post(`subscriptions/${id}/${which}/`, { return_url }),
    }
  }

  it('is paid with another card that the customer gave on the provider’s page', async () => {
    const { shop, pay, link } = await owing()
    expect(await pay()).toMatchObject({
      status: 200,
      json: {
        outcome: 'requires_action',
        url: expect.stringContaining('/sandbox/invoices/'),
        invoice: { status: 'open' },
      },
    })
    const { status, json } = await link('update-payment-method')
    expect(status).toBe(200)
    const { url } = json as { url: string }
    expect(await (await shop.billing.handler(new Request(url))).text()).toContain('Use this card')
    expect((await shop.pay(url, cards.declines)).status).toBe(402)
    const given = await shop.pay(url, cards.pays)
    expect([given.status, given.headers.get('location')]).toEqual([303, 'https://a.test/billing'])
    expect(await pay()).toMatchObject({ status: 200, json: { outcome: 'paid', invoice: { status: 'paid' } } })
    expect(await shop.current()).toMatchObject({ status: 'active' })
    expect(await pay()).toMatchObject({ status: 200, json: { outcome: 'paid' } })
    await shop.settle()
    expect(await shop.current()).toMatchObject({ status: 'active', access: { allowed: true } })
    expect(await shop.events({ type: 'subscription.recovered' })).toHaveLength(1)
  })

  it('can be looked at on the provider’s own pages for an hour', async () => {
    const { shop, link, invoice } = await owing()
    const { url } = (await link('provider-portal')).json as { url: string }
    expect(await (await shop.billing.handler(new Request(url))).text()).toContain(invoice?.number)
    await shop.advance('PT1H')
    expect((await shop.billing.handler(new Request(url))).status).toBe(410)
  })

  it('leads nobody to an address that is none, nor to a provider without pages', async () => {
    const { shop, link, pay } = await owing()
    expect(await link('update-payment-method', 'javascript:alert(1)')).toMatchObject({ status: 400 })
    Object.assign(sandboxOf(shop.billing), { portal: undefined, payInvoice: undefined })
    expect(await link('update-payment-method')).toMatchObject({ status: 422, json: { code: 'unsupported' } })
    // The bill has a page of its own all the same.
    expect(await pay()).toMatchObject({ json: { outcome: 'requires_action', url: expect.any(String) } })
  })

  it('shows what can be done about it in the overview', async () => {
    const { shop } = await owing()
    const { actions } = await shop.billing.getOverview({ organizationId: shop.organizationId })
    expect(actions).toEqual(expect.arrayContaining(['pay_invoice', 'update_payment_method', 'pause']))
  })
})
