import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReportUsageInput } from '../operation.ts'
import { type EmulatedAccount, startEmulatedAccount } from './testing/emulated-account.ts'

let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount()
})
afterEach(() => account.emulator.stop())

const usage = (more: Partial<ReportUsageInput> = {}): ReportUsageInput => ({
  ...{ meterEventName: 'api_calls', externalCustomerId: 'cus_1', quantity: '12.5', occurredAt: '2026-03-01T00:00:00Z' },
  ...more,
})
function report(input: ReportUsageInput, operation = account.operation('report_usage', input)) {
  return account.provider.usage?.reportUsage(input, operation)
}

describe('reportUsage', () => {
  it('sends text under the key of its operation', async () => {
    const operation = account.operation('report_usage', usage())
    expect(await report(usage(), operation)).toEqual({ accepted: true })
    expect(account.emulator.state.meterEvents.get(operation.idempotencyKey)).toMatchObject({
      event_name: 'api_calls',
      payload: { stripe_customer_id: 'cus_1', value: '12.5' },
      timestamp: Date.parse('2026-03-01T00:00:00Z') / 1000,
    })
  })

  it('counts once when it is reported again, also when Stripe has forgotten the key but not the usage', async () => {
    const operation = account.operation('report_usage', usage())
    await report(usage(), operation)
    account.emulator.idempotencyKeys.clear()
    expect(await report(usage(), operation)).toEqual({ accepted: true })
    expect(account.emulator.state.meterEvents.size).toBe(1)
  })

  it('after a lost answer stays unknown, and is safe to report again', async () => {
    const operation = account.operation('report_usage', usage())
    account.emulator.faults.next({ kind: 'drop_after', match: (method) => method === 'POST', times: 2 })
    await expect(report(usage(), operation)).rejects.toMatchObject({ outcome: 'unknown' })
    account.emulator.faults.clear()
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'unknown' })
    expect(await report(usage(), operation)).toEqual({ accepted: true })
    expect(account.emulator.state.meterEvents.size).toBe(1)
  })

  it.each([
    ['2026-01-24T23:59:59Z', false],
    ['2026-01-25T00:00:00Z', true],
    ['2026-03-01T00:05:00Z', true],
    ['2026-03-01T00:05:01Z', false],
  ])('takes the last 35 days up to 5 minutes ahead, and says so: %s %s', async (occurredAt, isTaken) => {
    const reported = report(usage({ occurredAt }))
    if (isTaken) return expect(await reported).toEqual({ accepted: true })
    await expect(reported).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('35 days') })
  })

  it('has a key that fits, however long ours is', async () => {
    const operation = { ...account.operation('report_usage', usage()), idempotencyKey: 'k'.repeat(200) }
    await report(usage(), operation)
    await report(usage(), operation)
    expect([...account.emulator.state.meterEvents.keys()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  })
})

describe('portal', () => {
  it.each(['overview', 'payment_method'] as const)('is a link for one visit that leads back: %s', async (purpose) => {
    const externalCustomerId = await account.createCustomer()
    const returnUrl = 'https://app.example.test/billing'
    const link = await account.provider.portal?.createPortalLink({ externalCustomerId, returnUrl, purpose })
    expect(link?.url).toContain('http')
    const { params } = account.emulator.requests.at(-1) ?? {}
    expect(params).toMatchObject({ customer: externalCustomerId, return_url: returnUrl })
    expect(params?.flow_data !== undefined).toBe(purpose === 'payment_method')
    if (purpose === 'payment_method') expect(params).toHaveProperty('flow_data.type', 'payment_method_update')
  })

  it('is retryable while Stripe cannot be reached, and missing for a customer who is not there', async () => {
    const input = {
      externalCustomerId: 'cus_none',
      returnUrl: 'https://app.example.test/',
      purpose: 'overview' as const,
    }
    await expect(account.provider.portal?.createPortalLink(input)).rejects.toMatchObject({ code: 'resource_missing' })
    account.emulator.faults.next({ kind: 'status', status: 503 })
    await expect(account.provider.portal?.createPortalLink(input)).rejects.toMatchObject({
      code: 'provider_unavailable',
      retryable: true,
    })
  })
})
