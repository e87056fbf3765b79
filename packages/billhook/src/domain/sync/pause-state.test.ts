import { describe, expect, it } from 'vitest'
import type { SubscriptionData } from '../../providers/provider.ts'
import { nextSubscription } from './next-subscription.ts'

const at = new Date('2026-02-10T00:00:00Z')
const snapshot: SubscriptionData = {
  externalSubscriptionId: 'sub_1',
  externalCustomerId: 'cus_1',
  status: 'active',
  currency: 'EUR',
  items: [],
  currentPeriodStart: new Date('2026-02-01T00:00:00Z'),
  currentPeriodEnd: new Date('2026-03-01T00:00:00Z'),
  billingAnchorAt: null,
  startedAt: null,
  trialStart: null,
  trialEnd: null,
  cancelAt: null,
  canceledAt: null,
  endedAt: null,
  pause: { kind: 'collection', from: null, resumesAt: null },
  latestExternalInvoiceId: null,
  reference: {},
}
const next = (changes: Partial<SubscriptionData>) =>
  nextSubscription({
    current: null,
    snapshot: { ...snapshot, ...changes },
    planId: 'bhplan_1',
    priceId: 'bhprice_1',
    quantity: 1,
    observedAt: at,
    immediateEndIsMeant: false,
  }).values

describe('the state after a snapshot', () => {
  it('is paused from when that was first seen, where the provider does not say', () => {
    expect(next({})).toMatchObject({ pauseKind: 'collection', pauseFrom: at })
    expect(next({ pause: { kind: 'service', from: new Date(0), resumesAt: at } })).toMatchObject({
      pauseKind: 'service',
      pauseFrom: new Date(0),
      pauseResumesAt: at,
    })
  })

  it('is no longer paused once it has ended, whatever the snapshot still says', () => {
    expect(next({ status: 'canceled', endedAt: at })).toMatchObject({
      pauseKind: null,
      pauseFrom: null,
      pauseResumesAt: null,
    })
  })
})
