import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MakeProvider } from '../../providers/provider.ts'
import { sandboxProvider } from '../../providers/sandbox/index.ts'
import { createTestBilling, type TestBilling } from '../../testing/create-test-billing.ts'

/** The sandbox with less to it, and a count of what it was asked. */
let published = 0
let isBroken = false
const narrow: MakeProvider = (host) => {
  const sandbox = sandboxProvider()(host)
  const publishPrice = sandbox.publishPrice.bind(sandbox)
  return Object.assign(sandbox, {
    capabilities: { ...sandbox.capabilities, currencies: ['USD'], trials: false },
    publishPrice: (...input: Parameters<typeof publishPrice>) => {
      published += 1
      if (isBroken) throw new Error('an adapter that breaks its promise')
      return publishPrice(...input)
    },
  })
}

let billing: TestBilling
beforeAll(async () => {
  billing = await createTestBilling({ providers: { sandbox: sandboxProvider(), narrow } })
})
afterAll(() => billing.close())

const price = (key: string, more: { currency?: string; trialDays?: number } = {}) => ({
  key,
  currency: 'USD',
  amount: 1000,
  interval: 'month' as const,
  ...more,
})

it('makes each price once at a provider, all under one product, however often it is repeated', async () => {
  const { id } = await billing.createPlan({ key: 'two', name: 'Two', prices: [price('two-a'), price('two-b')] })
  const first = await billing.publishPlan({ planId: id, provider: 'narrow' })
  const [a, b] = first.prices
  expect(a).toMatchObject({ provider: 'narrow', stripePriceId: null })
  expect(a?.externalPriceId).not.toBe(b?.externalPriceId)
  expect(a?.externalProductId).toBe(b?.externalProductId)
  expect(await billing.publishPlan({ planId: 'two', provider: 'narrow' })).toEqual(first)
  expect(published).toBe(2)
})

it('publishes at every provider by itself, and shows the ids of the default one', async () => {
  const { id } = await billing.createPlan({ key: 'both', name: 'Both', prices: [price('both-a')] })
  await billing.publishPlan({ planId: id, provider: 'narrow' })
  expect((await billing.getPlan({ planId: id })).prices[0]).toMatchObject({ provider: null, externalPriceId: null })
  await billing.publishPlan({ planId: id, provider: 'sandbox' })
  expect((await billing.getPlan({ planId: id })).prices[0]).toMatchObject({ provider: 'sandbox' })
})

it('refuses what the provider cannot sell before it makes anything there', async () => {
  const before = published
  const euro = await billing.createPlan({
    key: 'euro',
    name: 'Euro',
    prices: [price('usd'), price('eur', { currency: 'EUR' })],
  })
  const refused = billing.publishPlan({ planId: euro.id, provider: 'narrow' })
  await expect(refused).rejects.toMatchObject({ code: 'unsupported_currency', status: 422 })
  const trial = await billing.createPlan({ key: 'trial', name: 'Trial', prices: [price('trial', { trialDays: 14 })] })
  await expect(billing.publishPlan({ planId: trial.id, provider: 'narrow' })).rejects.toMatchObject({
    code: 'unsupported',
  })
  expect(published).toBe(before)
})

it('never asks a second time while the first answer is unknown', async () => {
  const before = published
  const { id } = await billing.createPlan({ key: 'lost', name: 'Lost', prices: [price('lost-a')] })
  isBroken = true
  await expect(billing.publishPlan({ planId: id, provider: 'narrow' })).rejects.toThrow('breaks its promise')
  isBroken = false
  const repeated = billing.publishPlan({ planId: id, provider: 'narrow' })
  await expect(repeated).rejects.toMatchObject({ code: 'outcome_unknown', status: 502 })
  expect(published - before).toBe(1)
})

it('knows no provider by another name', async () => {
  const refused = billing.publishPlan({ planId: 'two', provider: 'nobody' })
  await expect(refused).rejects.toMatchObject({ code: 'unknown_provider', status: 404 })
})
