import { afterEach, expect, it, vi } from 'vitest'
import { type LegacyField, type LegacyRow, legacyFields } from './import-mapping.ts'
import { readSubscription } from './legacy-subscription.ts'
import { readTime } from './legacy-values.ts'

afterEach(() => vi.unstubAllEnvs())

it('reads times that name no zone as UTC, wherever it runs', () => {
  vi.stubEnv('TZ', 'America/New_York')
  for (const text of [
    '2026-01-31 10:00:00',
    '2026-01-31T10:00:00.000',
    '2026-01-31T10:00:00Z',
    '2026-01-31 05:00:00-05',
  ])
    expect(readTime(text, 'created_at')?.toISOString(), text).toBe('2026-01-31T10:00:00.000Z')
  expect(() => readTime('yesterday', 'created_at')).toThrow('is no time')
})

it('lets no subscription that is over end in the future, whatever end was once scheduled', () => {
  const now = new Date('2026-02-20T00:00:00Z')
  const row = rowOf({
    id: '1',
    planId: 'p',
    stripeSubscriptionId: 'sub_1',
    stripeCustomerId: 'cus_1',
    status: 'canceled',
    cancelAtPeriodEnd: 't',
    periodStart: '2026-02-10T00:00:00Z',
    periodEnd: '2026-03-10T00:00:00Z',
  })
  const plans = new Map([['p', { externalPriceId: 'price_1', currency: 'EUR' }]])
  const { snapshot } = readSubscription(row, { plans, currencies: new Map(), statuses: {}, now })
  expect(snapshot.endedAt).toEqual(now)
})

/** A row as it is read: what it does not have is null. */
function rowOf(given: Partial<Record<LegacyField<'subscriptions'>, string>>): LegacyRow<'subscriptions'> {
  const none = Object.fromEntries(Object.keys(legacyFields.subscriptions).map((field) => [field, null]))
  return { ...none, ...given } as LegacyRow<'subscriptions'>
}
