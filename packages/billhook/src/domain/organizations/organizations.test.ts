import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestContext, type TestContext } from '../../testing/test-context.ts'
import { changeOrganization, createOrganization, getOrganization, resolveOrganization } from './index.ts'

const acme = {
  externalId: 'acme',
  name: 'Acme',
  email: 'billing@acme.test',
  country: 'US',
  currency: 'USD',
  timezone: 'America/New_York',
}

describe('organizations', () => {
  let ctx: TestContext
  beforeAll(async () => {
    ctx = await openTestContext()
  })
  afterAll(() => ctx.close())

  it('are made once per external id, also by parallel requests', async () => {
    const results = await Promise.allSettled(Array.from({ length: 4 }, () => createOrganization(ctx, acme)))
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'organization_exists', status: 409 })
    }
  })

  it('are found by our id and by the host’s, and by nothing else', async () => {
    const made = await createOrganization(ctx, { ...acme, externalId: 'found', metadata: { tier: 'a' } })
    expect(await resolveOrganization(ctx, 'found')).toEqual(made)
    expect(await resolveOrganization(ctx, made.id)).toEqual(made)
    expect(await resolveOrganization(ctx, 'nobody')).toBeNull()
    await expect(getOrganization(ctx, { organizationId: 'nobody' })).rejects.toMatchObject({ status: 404 })
  })

  it.each([
    ['invalid_external_id', { externalId: 'bhorg_1' }],
    ['invalid_external_id', { externalId: 'bhsub_0123456789ab7000800000000000000a' }],
    ['invalid_external_id', { externalId: 'two words' }],
    ['invalid_email', { email: 'nobody' }],
    ['invalid_country', { country: 'us' }],
    ['invalid_country', { country: 'XX' }],
    ['unknown_currency', { currency: 'usd' }],
    ['invalid_time_zone', { timezone: 'Mars/Olympus' }],
    ['invalid_name', { name: ' ' }],
    ['invalid_metadata', { metadata: { a: 'x'.repeat(501) } }],
  ])('refuse %s: %j', async (code, wrong) => {
    await expect(createOrganization(ctx, { ...acme, externalId: 'wrong', ...wrong })).rejects.toMatchObject({ code })
  })

  it('change what is given and keep the rest', async () => {
    const made = await createOrganization(ctx, { ...acme, externalId: 'changing' })
    ctx.clock.advanceMs(1000)
    const changed = await changeOrganization(ctx, { organizationId: made.id, name: 'New name', email: undefined })
    expect(changed).toEqual({ ...made, name: 'New name', updatedAt: ctx.clock.now() })
  })
})
