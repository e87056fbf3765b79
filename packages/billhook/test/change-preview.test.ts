import { afterEach, describe, expect, it } from 'vitest'
import { openShop, type Shop, sandboxOf, selectRows } from './support/sandbox-shop.ts'

interface Preview {
  preview_id: string
  expires_at: string
  due_now: number
  proration: number
  next_charge: { amount: number; at: string }
  lines: Array<{ amount: number }>
}

describe('a preview of a change', () => {
  const shops: Shop[] = []
  afterEach(async () => {
    for (const shop of shops.splice(0)) await shop.close()
  })

  const subscribed = async () => {
    const shop = await openShop()
    shops.push(shop)
    const { id } = await shop.subscribe()
    await shop.advance('P10D')
    const post = (path: string, body: object) =>
      shop.billing.call('POST', `/api/v1/subscriptions/${id}/${path}/`, { organization: 'acme', body })
    const preview = async (body: object) => (await post('preview-change', body)).json as Preview
    const manage = (body: object) => post('manage-subscription', body)
    const bills = async () => (await shop.billing.listInvoices({ organizationId: shop.organizationId })).data
    return { shop, post, preview, manage, bills }
  }
  const team = { price_id: 'team-monthly', proration: 'immediate' }

  it('is charged exactly, also minutes later', async () => {
    const { shop, preview, manage, bills } = await subscribed()
    const shown = await preview(team)
    // 18 of 28 days are left: 10.00 comes back for them, 30.00 is charged.
    expect(shown).toMatchObject({
      proration: 1286,
      due_now: 1286,
      next_charge: { amount: 3000, at: '2026-02-28T10:00:00.000Z' },
      lines: [{ amount: -643 }, { amount: 1929 }],
    })
    expect(await bills()).toHaveLength(1)
    await sandboxOf(shop.billing).advance('PT14M')
    const done = await manage({ action: 'change_plan', preview_id: shown.preview_id })
    expect(done).toMatchObject({ status: 200, json: { outcome: 'applied', subscription: { plan_key: 'team' } } })
    await shop.settle()
    expect(await bills()).toMatchObject([{ status: 'paid', total: shown.due_now }, { total: 1000 }])
    await shop.advance('P18D')
    expect((await bills())[0]).toMatchObject({ total: shown.next_charge.amount })
  })

  it('is forgotten a day after it expired, by whichever clock is behind, and no other preview with it', async () => {
    const { shop, preview } = await subscribed()
    const kept = async () => (await selectRows(shop.billing, 'select id from billhook.change_previews')).length
    const wait = async (ms: number) => {
      shop.billing.clock.advanceMs(ms)
      await shop.settle()
    }
    await preview(team)
    await shop.advance('P2D')
    const second = await preview(team)
    // The billing clock is days ahead: by the wall clock neither has expired.
    expect(await kept()).toBe(2)
    await wait(11.5 * 24 * 3_600_000)
    expect(await kept()).toBe(1)
    expect(await selectRows(shop.billing, 'select id from billhook.change_previews')).toEqual([
      { id: second.preview_id },
    ])
    await wait(3 * 24 * 3_600_000)
    expect(await kept()).toBe(0)
  })

  it('of what goes on the next bill is due then and not now', async () => {
    const { shop, preview, manage, bills } = await subscribed()
    const shown = await preview({ quantity: 3, proration: 'next_invoice' })
    expect(shown).toMatchObject({ due_now: 0, proration: 1286, next_charge: { amount: 4286 } })
    await manage({ action: 'change_quantity', preview_id: shown.preview_id })
    await shop.advance('P18D')
    expect((await bills())[0]).toMatchObject({ total: 4286 })
  })

  it('is over after a quarter of an hour by the billing clock', async () => {
    const { shop, preview, manage } = await subscribed()
    const shown = await preview(team)
    await shop.advance('PT15M')
    expect(
      await manage({ action: 'change_plan', price_id: 'team-monthly', preview_id: shown.preview_id }),
    ).toMatchObject({
      status: 409,
      json: { code: 'preview_expired' },
    })
    expect(await shop.current()).toMatchObject({ planKey: 'starter' })
  })

  it('holds for the change it shows, from the state it showed', async () => {
    const { preview, manage } = await subscribed()
    const { preview_id } = await preview(team)
    for (const other of [{ price_id: 'starter-monthly' }, { quantity: 2 }, { proration: 'none' }]) {
      expect(await manage({ action: 'change_plan', preview_id, ...other })).toMatchObject({
        status: 409,
        json: { code: 'preview_mismatch' },
      })
    }
    expect(await manage({ action: 'change_plan', preview_id: 'bhprev_none' })).toMatchObject({
      status: 404,
      json: { code: 'preview_not_found' },
    })
    await manage({ action: 'change_quantity', quantity: 5 })
    expect(await manage({ action: 'change_plan', preview_id })).toMatchObject({ json: { code: 'preview_mismatch' } })
  })

  it('that fails is an error and never a price of 0', async () => {
    const { shop, post } = await subscribed()
    expect(await post('preview-change', { quantity: 1 })).toMatchObject({
      status: 400,
      json: { code: 'nothing_to_change' },
    })
    const sandbox = sandboxOf(shop.billing)
    sandbox.previewUpdate = async () => {
      throw new Error('no answer')
    }
    expect((await post('preview-change', team)).status).toBe(500)
    Object.assign(sandbox, { previewUpdate: undefined })
    expect(await post('preview-change', team)).toMatchObject({ status: 422, json: { code: 'unsupported' } })
  })
})
