import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApiKey } from '../domain/api-keys/index.ts'
import { createOrganization } from '../domain/organizations/index.ts'
import { openTestContext, type TestContext } from '../testing/test-context.ts'
import { makeApp } from './app.ts'
import { portalRoutes } from './routes/portal.ts'

const platformKey = 'bh_test_platform_key'
let ctx: TestContext
let app: ReturnType<typeof makeApp>
let organizationKey: string

beforeAll(async () => {
  ctx = await openTestContext()
  const fields = { name: 'A', email: 'a@a.test', country: 'DE', currency: 'EUR', timezone: 'UTC' }
  const { id: organizationId } = await createOrganization(ctx, { externalId: 'a', ...fields })
  const made = await createApiKey(ctx, { organizationId, name: 'k', scopes: ['read', 'write'], actor: 'test' })
  organizationKey = made.plainKey
  app = makeApp(ctx, { apiKeys: [platformKey] }, [portalRoutes])
})
afterAll(() => ctx.close())

async function openPortal(key: string, role?: string) {
  const answer = await app.request('/api/v1/portal-sessions/', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'x-organization-id': 'a', 'content-type': 'application/json' },
    body: JSON.stringify({ return_url: 'https://a.test/', role }),
  })
  return answer.status
}

it('lets nobody in with more rights than the key that opened the portal: an owner may refund', async () => {
  expect(await openPortal(organizationKey, 'owner')).toBe(403)
  expect(await openPortal(organizationKey, 'admin')).toBe(201)
  expect(await openPortal(organizationKey)).toBe(201)
  expect(await openPortal(platformKey, 'owner')).toBe(201)
})
