import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inOrganization } from '../../db/index.ts'
import { openTestContext, type TestContext } from '../../testing/test-context.ts'
import { createOrganization } from '../organizations/index.ts'
import { changePlan, createPlan, getPlan, getPrice, listPlans } from './index.ts'

const fields = { name: 'A', email: 'a@a.test', country: 'DE', currency: 'EUR', timezone: 'UTC' }
const monthly = (key: string, amount = 1000) => ({ key, currency: 'EUR', amount, interval: 'month' as const })

describe('the catalog', () => {
  let ctx: TestContext
  let own: string
  let other: string
  beforeAll(async () => {
    ctx = await openTestContext()
    own = (await createOrganization(ctx, { externalId: 'own', ...fields })).id
    other = (await createOrganization(ctx, { externalId: 'other', ...fields })).id
  })
  afterAll(() => ctx.close())

  it('shows and sells an organization its own plans and the public ones, never another’s', async () => {
    await createPlan(ctx, { key: 'public', name: 'Public', prices: [monthly('public-m')] })
    await createPlan(ctx, { key: 'private', name: 'Private', organizationId: own, prices: [monthly('private-m')] })
    const keys = async (organizationId?: string) =>
      (await listPlans(ctx, { organizationId })).data.map((plan) => plan.key).filter((key) => /^p[ur]/.test(key))
    expect(await keys(own)).toEqual(['public', 'private'])
    expect(await keys(other)).toEqual(['public'])
    expect(await keys()).toEqual(['public', 'private'])
    await expect(getPlan(ctx, { planId: 'private', organizationId: other })).rejects.toMatchObject({ status: 404 })
    const buy = (organizationId: string) =>
      inOrganization(ctx.db, organizationId, (scope) => getPrice(scope, { idOrKey: 'private-m' }))
    expect(await buy(own)).toMatchObject({ key: 'private-m', planKey: 'private', amount: 1000 })
    await expect(buy(other)).rejects.toMatchObject({ code: 'unknown_price' })
  })

  it('takes a key once', async () => {
    await createPlan(ctx, { key: 'once', name: 'Once', prices: [monthly('once-m')] })
    await expect(createPlan(ctx, { key: 'once', name: 'Again' })).rejects.toMatchObject({
      code: 'plan_exists',
      status: 409,
    })
    const samePrice = createPlan(ctx, { key: 'twice', name: 'Twice', prices: [monthly('once-m')] })
    await expect(samePrice).rejects.toMatchObject({ code: 'price_exists', status: 409 })
    await expect(getPlan(ctx, { planId: 'twice' })).rejects.toMatchObject({ code: 'plan_not_found' })
  })

  it('never edits a price: another amount needs a successor, after which the old one is not sold', async () => {
    const plan = await createPlan(ctx, { key: 'moving', name: 'Moving', prices: [monthly('moving-1')] })
    const edit = changePlan(ctx, { planId: plan.id, prices: [monthly('moving-1', 1200)] })
    await expect(edit).rejects.toMatchObject({ code: 'price_in_use', status: 409 })
    const prices = [{ ...monthly('moving-2', 1200), replaces: 'moving-1' }]
    const changed = await changePlan(ctx, { planId: plan.id, name: 'Moved', prices })
    expect(changed).toMatchObject({ name: 'Moved', prices: [{ key: 'moving-2', amount: 1200 }] })
    // Saying it again changes nothing.
    expect(await changePlan(ctx, { planId: 'moving', prices })).toEqual(changed)
    const old = inOrganization(ctx.db, own, (scope) => getPrice(scope, { idOrKey: 'moving-1' }))
    await expect(old).rejects.toMatchObject({ code: 'unknown_price' })
  })

  it('stops selling an archived plan and still shows it by id', async () => {
    const plan = await createPlan(ctx, { key: 'gone', name: 'Gone', prices: [monthly('gone-m')] })
    await changePlan(ctx, { planId: plan.id, isArchived: true })
    expect((await listPlans(ctx, { limit: 100 })).data.map((each) => each.key)).not.toContain('gone')
    expect((await getPlan(ctx, { planId: plan.id, organizationId: own })).archivedAt).not.toBeNull()
    const buy = inOrganization(ctx.db, own, (scope) => getPrice(scope, { idOrKey: 'gone-m' }))
    await expect(buy).rejects.toMatchObject({ code: 'unknown_price' })
  })

  it('has at most one default plan in a product line', async () => {
    await createPlan(ctx, { key: 'free', name: 'Free', isDefault: true })
    const second = createPlan(ctx, { key: 'free-2', name: 'Free too', isDefault: true })
    await expect(second).rejects.toMatchObject({ code: 'default_plan_exists', status: 409 })
  })

  it.each([
    ['unknown_currency', { prices: [{ ...monthly('x'), currency: 'EURO' }] }],
    ['invalid_price', { prices: [monthly('x', -1)] }],
    ['invalid_price', { prices: [monthly('x', 1.5)] }],
    ['invalid_price', { prices: [{ ...monthly('x'), intervalCount: 37 }] }],
    ['invalid_price', { prices: [monthly('x'), monthly('x')] }],
    ['invalid_limits', { limits: { seats: -1 } }],
    ['invalid_key', { features: { 'no spaces': true } }],
  ])('refuses %s: %j', async (code, wrong) => {
    await expect(createPlan(ctx, { key: 'wrong', name: 'Wrong', ...wrong })).rejects.toMatchObject({ code })
  })

  it('lists page by page, each plan once', async () => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof listPlans>> = await listPlans(ctx, { limit: 2, cursor })
      seen.push(...page.data.map((plan) => plan.key))
      cursor = page.nextCursor
    } while (cursor)
    expect(seen).toEqual((await listPlans(ctx, { limit: 100 })).data.map((plan) => plan.key))
  })
})
