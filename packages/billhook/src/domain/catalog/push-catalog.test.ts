import { afterAll, beforeEach, expect, it } from 'vitest'
import { createTestBilling, type TestBilling } from '../../testing/create-test-billing.ts'
import type { CatalogDefinition, PlanDefinition } from './index.ts'

let billing: TestBilling
const open: TestBilling[] = []
beforeEach(async () => {
  billing = await createTestBilling()
  open.push(billing)
})
afterAll(async () => {
  for (const one of open) await one.close()
})

const monthly = { key: 'pro-monthly', currency: 'EUR', amount: 2900, interval: 'month' as const }
const pro = (more: Partial<PlanDefinition> = {}): PlanDefinition => ({
  key: 'pro',
  name: 'Pro',
  features: { sso: true },
  limits: { tokens: { limit: 1000, meter: 'tokens' } },
  prices: [monthly],
  ...more,
})
const catalog = (...plans: PlanDefinition[]): CatalogDefinition => ({
  meters: [{ key: 'tokens', aggregation: 'sum', groupBy: ['model'] }],
  plans,
})

async function push(definition: CatalogDefinition): Promise<string[]> {
  const changes = await billing.previewCatalog(definition)
  await billing.applyCatalog({ changes })
  return changes.map(({ kind }) => kind)
}
const soldPrices = async () => (await billing.getPlan({ planId: 'pro' })).prices.map(({ key, amount }) => [key, amount])

it('makes what is declared, once: pushed again it changes nothing', async () => {
  expect(await push(catalog(pro()))).toEqual(['create_meter', 'create_plan'])
  expect(await push(catalog(pro()))).toEqual([])
  expect(await billing.getPlan({ planId: 'pro' })).toMatchObject({ name: 'Pro', features: { sso: true }, graceDays: 7 })
})

it('changes nothing by a preview', async () => {
  await billing.previewCatalog(catalog(pro()))
  await expect(billing.getPlan({ planId: 'pro' })).rejects.toMatchObject({ code: 'plan_not_found' })
})

it('gives a price that says something else a successor, and never edits the one that was sold', async () => {
  await push(catalog(pro()))
  const dearer = pro({ prices: [{ ...monthly, amount: 3900 }] })
  const [change] = await billing.previewCatalog(catalog(dearer))
  expect(change).toMatchObject({
    kind: 'replace_price',
    price: { key: 'pro-monthly.v2', replaces: 'pro-monthly' },
    fields: [{ field: 'amount', from: 2900, to: 3900 }],
  })
  expect(await push(catalog(dearer))).toEqual(['replace_price'])
  expect(await push(catalog(dearer))).toEqual([])
  expect(await soldPrices()).toEqual([['pro-monthly.v2', 3900]])
  expect(await push(catalog(pro()))).toEqual(['replace_price'])
  expect(await soldPrices()).toEqual([['pro-monthly.v3', 2900]])
})

it('names each field that differs; what a declaration leaves out is as if it were never said', async () => {
  await push(catalog(pro({ description: 'all of it' })))
  const [change] = await billing.previewCatalog(catalog(pro({ features: { sso: false, seats: 3 } })))
  expect(change).toMatchObject({
    kind: 'change_plan',
    fields: [
      { field: 'description', from: 'all of it', to: null },
      { field: 'features', from: { sso: true }, to: { sso: false, seats: 3 } },
    ],
  })
})

it('leaves plans and prices alone that it does not name', async () => {
  await push(catalog(pro(), { key: 'team', name: 'Team' }))
  expect(await push(catalog(pro({ prices: [] })))).toEqual([])
  expect(await soldPrices()).toEqual([['pro-monthly', 2900]])
  expect(await billing.getPlan({ planId: 'team' })).toMatchObject({ archivedAt: null })
})

it('hands the default from one plan to another, whatever their order', async () => {
  await push(catalog({ key: 'b', name: 'B', isDefault: true }, { key: 'a', name: 'A' }))
  await push(catalog({ key: 'a', name: 'A', isDefault: true }, { key: 'b', name: 'B' }))
  expect(await billing.getPlan({ planId: 'a' })).toMatchObject({ isDefault: true })
})

it('archives a plan and sells it again', async () => {
  await push(catalog(pro()))
  await push(catalog(pro({ isArchived: true })))
  expect((await billing.getPlan({ planId: 'pro' })).archivedAt).not.toBeNull()
  await push(catalog(pro()))
  expect((await billing.getPlan({ planId: 'pro' })).archivedAt).toBeNull()
})

it('refuses in the preview what cannot be: a meter that counts otherwise, another product line, wrong fields', async () => {
  await push(catalog(pro()))
  const otherwise = { meters: [{ key: 'tokens', aggregation: 'count' as const }] }
  await expect(billing.previewCatalog(otherwise)).rejects.toMatchObject({ code: 'meter_exists' })
  await expect(billing.previewCatalog(catalog(pro({ productLine: 'x' })))).rejects.toMatchObject({
    code: 'product_line_fixed',
  })
  await expect(
    billing.previewCatalog({ plans: [pro({ limits: { a: { limit: 1, meter: 'nope' } } })] }),
  ).rejects.toMatchObject({
    code: 'unknown_meter',
  })
  const wrong = pro({ prices: [{ ...monthly, currency: 'XXZ' }] })
  await expect(billing.previewCatalog(catalog(wrong))).rejects.toMatchObject({ code: 'unknown_currency' })
})

it('pushes metered prices and what becomes of debtors, with meters that the same file declares', async () => {
  const metered = {
    key: 'pro-tokens',
    currency: 'EUR',
    interval: 'month' as const,
    meter: 'tokens',
    unitAmountDecimal: '0.10',
  }
  const declared = pro({ afterGrace: 'read_only', prices: [monthly, metered] })
  expect(await push(catalog(declared))).toEqual(['create_meter', 'create_plan'])
  expect(await push(catalog(declared))).toEqual([])
  expect(await billing.getPlan({ planId: 'pro' })).toMatchObject({
    afterGrace: 'read_only',
    prices: [{ meter: null }, { meter: 'tokens', unitAmountDecimal: '0.1', amount: 0 }],
  })
  const cheaper = pro({ afterGrace: 'read_only', prices: [monthly, { ...metered, unitAmountDecimal: '0.09' }] })
  expect(await push(catalog(cheaper))).toEqual(['replace_price'])
  const level = {
    meters: [{ key: 'seats', aggregation: 'last' as const }],
    plans: [pro({ prices: [{ ...metered, meter: 'seats' }] })],
  }
  await expect(billing.previewCatalog(level)).rejects.toMatchObject({ code: 'not_billable' })
})
