import { describe, expect, it } from 'vitest'
import { normalizeSubscription, readSubscription } from './normalize-subscription.ts'
import {
  sampleEnd,
  sampleReference,
  sampleStart,
  subscriptionBeforeBasil,
  subscriptionToday,
  type Wire,
} from './testing/sample-objects.ts'

const at = (seconds: number) => new Date(seconds * 1000)
const normalize = (object: Wire) => normalizeSubscription(readSubscription(object))
const items = (...data: Wire[]) => ({ items: { object: 'list', data, has_more: false } })

describe('normalizeSubscription', () => {
  it('says everything in our words', () => {
    expect(normalize(subscriptionToday())).toEqual({
      externalSubscriptionId: 'sub_1',
      externalCustomerId: 'cus_1',
      status: 'active',
      currency: 'EUR',
      items: [{ externalItemId: 'si_1', externalPriceId: 'price_1', quantity: 3 }],
      currentPeriodStart: at(sampleStart),
      currentPeriodEnd: at(sampleEnd),
      billingAnchorAt: at(sampleStart),
      startedAt: at(sampleStart),
      trialStart: null,
      trialEnd: null,
      cancelAt: null,
      canceledAt: null,
      endedAt: null,
      pause: null,
      latestExternalInvoiceId: 'in_1',
      reference: sampleReference,
    })
  })

  it.each([subscriptionToday, subscriptionBeforeBasil])(
    'finds the scheduled end whichever way it is said (%s)',
    (make) => {
      expect(normalize(make({ cancel_at: 1_761_000_000 })).cancelAt).toEqual(at(1_761_000_000))
      expect(normalize(make({ cancel_at_period_end: true })).cancelAt).toEqual(at(sampleEnd))
      expect(normalize(make({ cancel_at_period_end: true, cancel_at: sampleEnd })).cancelAt).toEqual(at(sampleEnd))
    },
  )

  it('takes the period of the item that ends first when intervals are mixed', () => {
    const period = (start: number, end: number) => ({
      current_period_start: start,
      current_period_end: end,
      price: 'price_1',
    })
    const mixed = items({ id: 'si_y', ...period(100, 900) }, { id: 'si_m', ...period(500, 600) })
    expect(normalize(subscriptionToday(mixed))).toMatchObject({
      currentPeriodStart: at(500),
      currentPeriodEnd: at(600),
    })
  })

  it('keeps the status while only collection is paused, and tells it from a paused service', () => {
    expect(
      normalize(subscriptionToday({ pause_collection: { behavior: 'void', resumes_at: sampleEnd } })),
    ).toMatchObject({
      status: 'active',
      pause: { kind: 'collection', from: null, resumesAt: at(sampleEnd) },
    })
    const paused = { status: 'paused', status_details: { paused: { transitioned_at: sampleStart } } }
    expect(normalize(subscriptionToday(paused))).toMatchObject({
      status: 'paused',
      pause: { kind: 'service', from: at(sampleStart), resumesAt: null },
    })
  })

  it.each(['trialing', 'active', 'past_due', 'unpaid', 'paused'])(
    'never invents a period for one that is %s',
    (status) => {
      const bare = items({ id: 'si_1', price: 'price_1' })
      expect(() => normalize(subscriptionToday({ ...bare, status, currency: 'eur' }))).toThrow('no current period')
      const epoch = items({ id: 'si_1', price: 'price_1', current_period_start: 0, current_period_end: 0 })
      expect(() => normalize(subscriptionToday({ ...epoch, status }))).toThrow('current_period_start')
    },
  )

  it.each(['incomplete', 'incomplete_expired', 'canceled'])('lets one that is %s be without a period', (status) => {
    expect(normalize(subscriptionToday({ ...items(), status }))).toMatchObject({ status, currentPeriodEnd: null })
  })

  it('leaves the quantity of a metered item open, and refuses an item without a price', () => {
    const metered = items({ id: 'si_1', price: { id: 'price_m' }, current_period_start: 1, current_period_end: 2 })
    expect(normalize(subscriptionToday(metered)).items).toEqual([
      { externalItemId: 'si_1', externalPriceId: 'price_m', quantity: null },
    ])
    expect(() =>
      normalize(subscriptionToday(items({ id: 'si_1', current_period_start: 1, current_period_end: 2 }))),
    ).toThrow('no price')
  })
})
