import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addOrganization, openShop, type Shop, sandboxOf, shopActions } from './support/sandbox-shop.ts'

describe('coupons', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.close())

  let made = 0
  const coupon = async (fields: object, publishes = true) => {
    made += 1
    const key = `coupon-${made}`
    const body = { key, name: `Coupon ${made}`, duration: 'once', ...fields }
    const created = await shop.billing.call('POST', '/api/v1/coupons/', { body })
    expect(created).toMatchObject({ status: 201, json: { key, providers: [] } })
    if (publishes) expect((await publish(key)).status).toBe(200)
    return key
  }
  const publish = (key: string) => shop.billing.call('POST', `/api/v1/coupons/${key}/publish/`, { body: {} })

  /** A new organization, and what it can do. */
  const buyer = async () => {
    made += 1
    const name = `buyer-${made}`
    const organizationId = await addOrganization(shop.billing, name)
    const checkout = (fields: object = {}) =>
      shop.billing.call('POST', '/api/v1/subscriptions/create-checkout-session/', {
        organization: name,
        body: {
          price_id: 'starter-monthly',
          success_url: 'https://a.test/ok',
          cancel_url: 'https://a.test/no',
          ...fields,
        },
      })
    const { pay, advance } = shopActions(shop.billing, organizationId)
    const bills = async () =>
      (await shop.billing.listInvoices({ organizationId })).data
        .toReversed()
        .map(({ subtotal, discount, total, status }) => [subtotal, discount, total, status])
    const buy = async (fields: object) => {
      const { status, json } = await checkout(fields)
      expect(status).toBe(201)
      await pay((json as { url: string }).url)
      await advance('PT0S')
    }
    return { organizationId, checkout, pay, advance, bills, buy }
  }

  it('take a percentage off the first bill, off some months, or off all of them', async () => {
    const [once, repeating, forever] = await Promise.all([buyer(), buyer(), buyer()])
    await once.buy({ coupon: await coupon({ percent_off: '12.5' }) })
    await repeating.buy({ coupon: await coupon({ percent_off: '50', duration: 'repeating', duration_in_months: 2 }) })
    await forever.buy({ coupon: await coupon({ amount_off: 400, currency: 'EUR', duration: 'forever' }) })
    await once.advance('P2M')
    expect(await once.bills()).toEqual([
      [1000, 125, 875, 'paid'],
      [1000, 0, 1000, 'paid'],
      [1000, 0, 1000, 'paid'],
    ])
    expect(await repeating.bills()).toEqual([
      [1000, 500, 500, 'paid'],
      [1000, 500, 500, 'paid'],
      [1000, 0, 1000, 'paid'],
    ])
    expect(await forever.bills()).toEqual(Array(3).fill([1000, 400, 600, 'paid']))
  })

  it('can be typed where the checkout allows it; a wrong code charges nothing', async () => {
    await coupon({ percent_off: '20', promotion_code: 'WELCOME' })
    const { checkout, advance, bills, organizationId } = await buyer()
    const { url } = (await checkout({ allow_promotion_codes: true })).json as { url: string }
    const send = (promotion_code: string) =>
      shop.billing.handler(
        new Request(url, { method: 'POST', body: new URLSearchParams({ card: '4242424242424242', promotion_code }) }),
      )
    const wrong = await send('NOPE')
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('not valid')])
    await expect(shop.billing.getCurrentSubscription({ organizationId })).rejects.toMatchObject({
      code: 'no_subscription',
    })
    expect((await send('welcome')).status).toBe(303)
    await advance('PT0S')
    expect(await bills()).toEqual([[1000, 200, 800, 'paid']])
  })

  it('are part of what makes two requests the same page', async () => {
    const key = await coupon({ percent_off: '10' })
    const { checkout } = await buyer()
    const id = async (fields: object) => ((await checkout(fields)).json as { id: string }).id
    const first = await id({ coupon: key })
    expect(await id({ coupon: key, collect_tax_ids: false })).toBe(first)
    const other = await id({ coupon: await coupon({ percent_off: '20' }) })
    expect(other).not.toBe(first)
    const second = await id({ allow_promotion_codes: true })
    expect(second).not.toBe(other)
    expect(await id({ allow_promotion_codes: true })).toBe(second)
    expect(await id({})).not.toBe(second)
  })

  it('are refused where they cannot be had', async () => {
    const { checkout } = await buyer()
    const dollars = await coupon({ amount_off: 100, currency: 'USD' })
    const unpublished = await coupon({ percent_off: '10' }, false)
    const archived = await coupon({ percent_off: '10' })
    expect(await shop.billing.call('POST', `/api/v1/coupons/${archived}/archive/`)).toMatchObject({ status: 200 })
    const good = await coupon({ percent_off: '10' })
    for (const [fields, status, code] of [
      [{ coupon: 'nowhere' }, 404, 'coupon_not_found'],
      [{ coupon: dollars }, 409, 'currency_mismatch'],
      [{ coupon: unpublished }, 409, 'coupon_not_published'],
      [{ coupon: archived }, 409, 'coupon_not_available'],
      [{ coupon: good, allow_promotion_codes: true }, 400, 'invalid_request'],
      [{ automatic_tax: true }, 422, 'unsupported'],
      [{ collect_tax_ids: true }, 422, 'unsupported'],
    ] as const) {
      expect(await checkout(fields), code).toMatchObject({ status, json: { code } })
    }
    const sandbox = sandboxOf(shop.billing)
    const { capabilities } = sandbox
    const checkoutOptions = { coupons: false, promotionCodes: false, taxIds: false, automaticTax: false }
    Object.assign(sandbox, { capabilities: { ...capabilities, checkoutOptions } })
    expect(await checkout({ coupon: good })).toMatchObject({ status: 422, json: { code: 'unsupported' } })
    expect(await publish(unpublished)).toMatchObject({ status: 422, json: { code: 'unsupported' } })
    Object.assign(sandbox, { capabilities })
  })

  it('belong to one organization where they are made for it', async () => {
    const [owner, other] = await Promise.all([buyer(), buyer()])
    const key = await coupon({ percent_off: '10', organization_id: owner.organizationId })
    expect(await other.checkout({ coupon: key })).toMatchObject({ status: 404, json: { code: 'coupon_not_found' } })
    expect(await owner.checkout({ coupon: key })).toMatchObject({ status: 201 })
  })

  it('are published once, listed while they are given, and said in one way only', async () => {
    const key = await coupon({ percent_off: '10', promotion_code: 'ONCE-ONLY' })
    const [first, again] = [await publish(key), await publish(key)]
    expect(again.json).toEqual(first.json)
    const { data } = (await shop.billing.call('GET', '/api/v1/coupons/?limit=100')).json as {
      data: Array<{ key: string }>
    }
    expect(data.map((listed) => listed.key)).toContain(key)
    const base = { key: 'another', name: 'A', duration: 'once', percent_off: '10' }
    for (const [body, status, code] of [
      [{ ...base, key }, 409, 'coupon_exists'],
      [{ ...base, promotion_code: 'ONCE-ONLY' }, 409, 'promotion_code_exists'],
      [{ ...base, percent_off: '100.01' }, 400, 'invalid_coupon'],
      [{ ...base, percent_off: '0' }, 400, 'invalid_coupon'],
      [{ ...base, amount_off: 5, currency: 'EUR' }, 400, 'invalid_coupon'],
      [{ ...base, duration: 'repeating' }, 400, 'invalid_coupon'],
      [{ ...base, duration: 'forever', duration_in_months: 2 }, 400, 'invalid_coupon'],
    ] as const) {
      expect(await shop.billing.call('POST', '/api/v1/coupons/', { body }), code).toMatchObject({
        status,
        json: { code },
      })
    }
  })
})
