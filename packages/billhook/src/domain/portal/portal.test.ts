import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestContext, type TestContext } from '../../testing/test-context.ts'
import { createOrganization } from '../organizations/index.ts'
import { createPortalSession, enterPortal, findPortalSession, leavePortal } from './index.ts'

describe('a portal session', () => {
  let ctx: TestContext
  let organizationId: string
  beforeAll(async () => {
    ctx = await openTestContext()
    const fields = { name: 'A', email: 'a@a.test', country: 'DE', currency: 'EUR', timezone: 'UTC' }
    organizationId = (await createOrganization(ctx, { externalId: 'a', ...fields })).id
  })
  afterAll(() => ctx.close())

  const link = async () => {
    const { url } = await createPortalSession(ctx, { organizationId, returnUrl: 'https://a.test/', role: 'billing' })
    return new URL(url).searchParams.get('token') ?? ''
  }

  it('is entered once by its link, by one of many who try at the same time', async () => {
    const token = await link()
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => enterPortal(ctx, token)))
    expect(tries.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1)
    await expect(enterPortal(ctx, token)).rejects.toMatchObject({ code: 'portal_link_invalid', status: 410 })
  })

  it('cannot be entered after 60 minutes', async () => {
    const token = await link()
    ctx.clock.advanceMs(60 * 60_000)
    await expect(enterPortal(ctx, token)).rejects.toMatchObject({ status: 410 })
  })

  it('lasts 12 hours for its cookie, and no longer than until it is left', async () => {
    const { cookie, session } = await enterPortal(ctx, await link())
    expect(await findPortalSession(ctx, cookie)).toEqual(session)
    ctx.clock.advanceMs(12 * 60 * 60_000 - 1)
    expect(await findPortalSession(ctx, cookie)).not.toBeNull()
    await leavePortal(ctx, cookie)
    expect(await findPortalSession(ctx, cookie)).toBeNull()
    const next = await enterPortal(ctx, await link())
    ctx.clock.advanceMs(12 * 60 * 60_000)
    expect(await findPortalSession(ctx, next.cookie)).toBeNull()
  })

  it('refuses to lead back to anything but a web address', async () => {
    const wrong = createPortalSession(ctx, { organizationId, returnUrl: 'javascript:alert(1)', role: 'billing' })
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_url' })
  })
})
