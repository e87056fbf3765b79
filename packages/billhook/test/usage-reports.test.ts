import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addOrganization, openShop, type Shop, sandboxOf, selectRows } from './support/sandbox-shop.ts'

describe('usage reports', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
    await shop.subscribe()
  })
  afterAll(() => shop.close())

  const occurredAt = new Date('2026-02-01T00:00:00Z')
  const report = (reportKey: string, quantity: number | string = 10, organizationId = shop.organizationId) =>
    shop.billing.reportUsage({ organizationId, meterEventName: 'api_calls', quantity, occurredAt, reportKey })
  const taken = async () => {
    const { json } = await shop.billing.call('GET', '/sandbox/usage')
    return (json as { data: Array<{ meter: string; quantity: string }> }).data.map(({ quantity }) => quantity)
  }

  it('count once under their key, however often and however many at a time', async () => {
    const first = await report('day-1', 10)
    expect(first).toMatchObject({ outcome: 'reported', quantity: '10' })
    const again = await Promise.all([report('day-1', '10.00'), report('day-1', 10), report('day-1', '10')])
    for (const answer of again) expect(answer).toEqual(first)
    expect(await taken()).toEqual(['10'])
    expect(
      await selectRows(
        shop.billing,
        'select report_key, quantity, reported_at is not null as done from billhook.usage_reports',
      ),
    ).toEqual([{ report_key: 'day-1', quantity: '10', done: true }])
  })

  it('with another quantity under the same key are refused, also at the same time', async () => {
    await expect(report('day-1', 11)).rejects.toMatchObject({ code: 'usage_report_conflict', status: 409 })
    const tries = await Promise.allSettled([report('day-2', 1), report('day-2', 2)])
    expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await taken()).toHaveLength(2)
  })

  it('whose answer is lost are settled by looking, not by reporting again', async () => {
    const { usage } = sandboxOf(shop.billing)
    if (!usage) throw new Error('the sandbox takes usage')
    const { reportUsage } = usage
    usage.reportUsage = async (...input) => {
      await reportUsage(...input)
      throw new Error('the connection broke')
    }
    await expect(report('day-3', '2.5')).rejects.toThrow('broke')
    usage.reportUsage = reportUsage
    expect(await report('day-3', '2.5')).toMatchObject({ outcome: 'pending' })
    shop.billing.clock.advanceMs(3_000)
    await shop.settle()
    expect(await report('day-3', '2.5')).toMatchObject({ outcome: 'reported' })
    expect((await taken()).filter((quantity) => quantity === '2.5')).toHaveLength(1)
  })

  it('need a customer, a number and a provider that bills usage', async () => {
    const stranger = await addOrganization(shop.billing, 'stranger')
    await expect(report('day-4', 1, stranger)).rejects.toMatchObject({ code: 'no_customer', status: 409 })
    for (const wrong of [-1, Number.NaN, 1e21, '1e3', '']) {
      await expect(report('day-4', wrong)).rejects.toMatchObject({ code: 'invalid_quantity', status: 400 })
    }
    Object.assign(sandboxOf(shop.billing), { usage: undefined })
    await expect(report('day-4')).rejects.toMatchObject({ code: 'unsupported', status: 422 })
  })
})
