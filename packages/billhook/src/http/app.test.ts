import { createRoute, z } from '@hono/zod-openapi'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPlatform } from '../db/index.ts'
import { idempotencyKeys } from '../db/schema/index.ts'
import { openAlert } from '../domain/alerts/index.ts'
import { createApiKey } from '../domain/api-keys/index.ts'
import { createOrganization } from '../domain/organizations/index.ts'
import { createPortalSession } from '../domain/portal/index.ts'
import { openTestContext, type TestContext } from '../testing/test-context.ts'
import { makeApp } from './app.ts'
import type { RegisterRoutes } from './env.ts'
import { organizationOf } from './env.ts'
import { alertRoutes } from './routes/alerts.ts'
import { docsRoutes } from './routes/docs.ts'
import { healthRoutes } from './routes/health.ts'
import { organizationRoutes } from './routes/organizations.ts'
import { portalRoutes } from './routes/portal.ts'
import { answer, problems } from './schemas/common.ts'

const key = 'bh_test_platform_key'
const jwtSecret = 'a secret of at least thirty-two bytes'
const jwt = { secret: jwtSecret, issuer: 'https://host.test', audience: 'billhook' }
const fields = { name: 'A', email: 'a@a.test', country: 'DE', currency: 'EUR', timezone: 'UTC' }

/** A route of one organization that counts how often it ran, and fails as it is told. */
let runs = 0
let release = (): void => undefined
const held = new Promise<void>((resolve) => {
  release = resolve
})
const probeRoutes: RegisterRoutes = (app, { access, idempotent }) => {
  const schema = z.object({ organization_id: z.string(), runs: z.int() })
  const read = createRoute({
    method: 'get',
    path: '/api/v1/probe/',
    middleware: [access('organization', 'read')] as const,
    responses: { 200: answer(schema), ...problems },
  })
  app.openapi(read, (c) => c.json({ organization_id: organizationOf(c), runs }, 200))
  const act = createRoute({
    method: 'post',
    path: '/api/v1/probe/',
    middleware: [access('organization', 'write'), idempotent] as const,
    responses: { 200: answer(schema), ...problems },
  })
  app.openapi(act, async (c) => {
    runs += 1
    const { wait, fail } = await c.req.json()
    if (wait) await held
    if (fail) throw new Error('postgres://user:password@host is secret')
    return c.json({ organization_id: organizationOf(c), runs }, 200)
  })
}

describe('the HTTP face', () => {
  let ctx: TestContext
  let app: ReturnType<typeof makeApp>
  let own: string
  let other: string
  const logged: Array<{ facts: object; message: string }> = []
  beforeAll(async () => {
    const log = (facts: object, message: string) => void logged.push({ facts, message })
    ctx = await openTestContext({ logger: { debug() {}, info: log, warn: log, error: log } })
    const routes = [healthRoutes, organizationRoutes, probeRoutes, alertRoutes, portalRoutes, docsRoutes]
    app = makeApp(ctx, { apiKeys: ['another key', key], jwt }, routes)
    own = (await createOrganization(ctx, { externalId: 'own', ...fields })).id
    other = (await createOrganization(ctx, { externalId: 'other', ...fields })).id
  })
  afterAll(() => ctx.close())

  const call = async (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) => {
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await app.request(path, { method, headers: { ...json, ...headers }, ...init })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : undefined, text }
  }
  const platform = { authorization: `Bearer ${key}` }
  const asOwn = { ...platform, 'x-organization-id': 'own' }
  const token = (claims: object, expires = '2026-03-01T01:00:00Z', secret = jwtSecret) =>
    new SignJWT({ org_id: 'own', role: 'billing', ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('user-1')
      .setIssuer('https://host.test')
      .setAudience('billhook')
      .setExpirationTime(new Date(expires))
      .sign(new TextEncoder().encode(secret))
  const bearer = (value: string) => ({ authorization: `Bearer ${value}` })

  it('answers 401 with www-authenticate to no credential, a wrong one and a malformed one', async () => {
    for (const headers of [{}, bearer('bh_wrong'), { authorization: `Basic ${key}` }, bearer('a b'), bearer('x.y.z')]) {
      const refused = await call('GET', '/api/v1/probe/', headers)
      expect(refused).toMatchObject({ status: 401, json: { code: 'unauthorized', status: 401 } })
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect(refused.headers.get('content-type')).toBe('application/problem+json')
    }
  })

  it('needs an organization of a platform key, named by our id or the host’s', async () => {
    expect(await call('GET', '/api/v1/probe/', platform)).toMatchObject({
      status: 400,
      json: { code: 'organization_required' },
    })
    const unknown = await call('GET', '/api/v1/probe/', { ...platform, 'x-organization-id': 'nobody' })
    expect(unknown).toMatchObject({ status: 404, json: { code: 'organization_not_found' } })
    for (const name of ['own', own]) {
      const answered = await call('GET', '/api/v1/probe/', { ...platform, 'x-organization-id': name })
      expect(answered.json.organization_id).toBe(own)
    }
  })

  it('answers both forms of every path', async () => {
    for (const path of ['/api/v1/probe', '/api/v1/probe/', '/api/v1/probe?x=1']) {
      expect((await call('GET', path, asOwn)).status).toBe(200)
    }
    for (const path of ['/healthz', '/healthz/', '/readyz', '/readyz/', '/openapi.json', '/docs', '/docs/']) {
      expect((await call('GET', path)).status).toBe(200)
    }
  })

  it('keeps an organization’s key to its organization and its scopes', async () => {
    const { plainKey } = await createApiKey(ctx, { organizationId: own, name: 'k', scopes: ['read'], actor: 'test' })
    expect((await call('GET', '/api/v1/probe/', bearer(plainKey))).json.organization_id).toBe(own)
    const stranger = await call('GET', '/api/v1/probe/', { ...bearer(plainKey), 'x-organization-id': other })
    expect(stranger).toMatchObject({ status: 404, json: { code: 'organization_not_found' } })
    expect(await call('POST', '/api/v1/probe/', bearer(plainKey), {})).toMatchObject({
      status: 403,
      json: { code: 'forbidden' },
    })
    expect((await call('GET', '/api/v1/organizations/own/', bearer(plainKey))).status).toBe(403)
    expect((await call('GET', '/api/v1/admin/alerts/', bearer(plainKey))).status).toBe(403)
  })

  it('lets a token’s role decide: members read, the others change', async () => {
    for (const role of ['member', 'billing', 'admin', 'owner']) {
      const headers = bearer(await token({ role }))
      expect((await call('GET', '/api/v1/probe/', headers)).json.organization_id).toBe(own)
      expect((await call('POST', '/api/v1/probe/', headers, {})).status).toBe(role === 'member' ? 403 : 200)
    }
  })

  it('refuses tokens that are expired, forged, unsigned, of another issuer, without expiry or with an unknown role', async () => {
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await token({})).split('.')[1]}.`
    const foreign = await new SignJWT({ org_id: 'own', role: 'owner' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('user-1')
      .setIssuer('https://elsewhere.test')
      .setAudience('billhook')
      .setExpirationTime(new Date('2026-03-01T01:00:00Z'))
      .sign(new TextEncoder().encode(jwtSecret))
    const wrong = [
      await token({}, '2026-02-28T23:59:00Z'),
      await token({}, '2026-03-01T01:00:00Z', 'another secret of thirty-two bytes ..'),
      (await token({})).replace(/\.[^.]{6}/, '.AAAAAA'),
      await new SignJWT({ org_id: 'own', role: 'owner', iss: 'https://host.test', aud: 'billhook', sub: 'user-1' })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(jwtSecret)),
      await token({ role: 'root' }),
      unsigned,
      foreign,
    ]
    for (const text of wrong) expect((await call('GET', '/api/v1/probe/', bearer(text))).status).toBe(401)
    const unknown = await call('GET', '/api/v1/probe/', bearer(await token({ org_id: 'nobody' })))
    expect(unknown).toMatchObject({ status: 404, json: { code: 'organization_not_found' } })
  })

  it('tells what is wrong with a body, by path, and refuses fields it does not know', async () => {
    const wrong = await call('POST', '/api/v1/organizations/', platform, { external_id: 5, nmae: 'typo' })
    expect(wrong).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
    expect(wrong.json.errors.map((error: { path: string }) => error.path)).toEqual(
      expect.arrayContaining(['external_id', 'name', '']),
    )
    expect(await call('POST', '/api/v1/organizations/', platform, '{"broken')).toMatchObject({
      status: 400,
      json: { code: 'invalid_json' },
    })
    const form = await call('POST', '/api/v1/organizations/', { ...platform, 'content-type': 'text/plain' }, 'a=1')
    expect(form).toMatchObject({ status: 415, json: { code: 'unsupported_media_type' } })
    expect((await call('POST', '/api/v1/organizations/', platform)).status).toBe(400)
    expect(await call('GET', '/api/v1/nothing/', platform)).toMatchObject({ status: 404, json: { code: 'not_found' } })
  })

  it('answers 413 to a body over 1 MB, with and without a declared length', async () => {
    const big = 'x'.repeat(1_048_577)
    expect(await call('POST', '/api/v1/organizations/', platform, { name: big })).toMatchObject({ status: 413 })
    const stream = new Blob([big, big]).stream()
    const init = { method: 'POST', headers: platform, body: stream, duplex: 'half' } satisfies RequestInit & {
      duplex: string
    }
    expect((await app.request('/api/v1/organizations/', init)).status).toBe(413)
  })

  it('answers 400 to a body that breaks off, and to text that no database keeps', async () => {
    const broken = new ReadableStream({
      pull: (controller) => controller.error(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })),
    })
    const init = { method: 'POST', headers: platform, body: broken, duplex: 'half' } satisfies RequestInit & {
      duplex: string
    }
    const refused = await app.request('/api/v1/organizations/', init)
    expect([refused.status, await refused.json()]).toEqual([400, expect.objectContaining({ code: 'body_incomplete' })])
    for (const attempt of [
      call('GET', '/api/v1/organizations/a%00/', platform),
      call('POST', '/api/v1/organizations/', platform, { external_id: 'nul', ...fields, metadata: { a: 'b\u0000' } }),
      call('POST', '/api/v1/organizations/', platform, { external_id: 'nul', ...fields, name: 'b\u0000' }),
    ]) {
      expect(await attempt).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
    }
  })

  it('shows nothing of an unexpected failure but the request id, under which the log has it', async () => {
    const failed = await call('POST', '/api/v1/probe/', { ...asOwn, 'x-request-id': 'req-42' }, { fail: true })
    expect(failed).toMatchObject({ status: 500, json: { code: 'internal_error', request_id: 'req-42' } })
    expect(failed.text).not.toContain('password')
    expect(failed.headers.get('x-request-id')).toBe('req-42')
    expect(logged).toContainEqual({
      message: 'request failed',
      facts: expect.objectContaining({ request_id: 'req-42', error: expect.stringContaining('password') }),
    })
  })

  it('logs neither queries nor credentials', async () => {
    await call('GET', '/portal/enter?token=very-secret-token')
    await call('GET', '/api/v1/probe/?secret=query', asOwn)
    const text = JSON.stringify(logged.filter((line) => line.message === 'request'))
    expect(text).not.toContain('very-secret-token')
    expect(text).not.toContain('secret=query')
    expect(text).not.toContain(key)
    expect(text).toContain('/portal/enter')
  })

  it('replaces a request id that is not safe to log', async () => {
    const answered = await call('GET', '/healthz', { 'x-request-id': 'x"} {"injected":"' })
    expect(answered.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('runs a request once per Idempotency-Key and answers the same again', async () => {
    const headers = { ...asOwn, 'idempotency-key': 'once' }
    const first = await call('POST', '/api/v1/probe/', headers, { n: 1 })
    const again = await call('POST', '/api/v1/probe', headers, { n: 1 })
    expect(again.json).toEqual(first.json)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const otherBody = await call('POST', '/api/v1/probe/', headers, { n: 2 })
    expect(otherBody).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused' } })
  })

  it('keeps an answer so that only the Idempotency-Key opens it: it may hold what is shown once', async () => {
    const headers = { ...asOwn, 'idempotency-key': 'sealed-away' }
    const { json } = await call('POST', '/api/v1/portal-sessions/', headers, { return_url: 'https://a.test/' })
    const kept = JSON.stringify(await ctx.db.drizzle.select().from(idempotencyKeys))
    expect(kept).not.toContain('sealed-away')
    expect(kept).not.toContain(new URL(json.url).searchParams.values().next().value)
    expect((await call('POST', '/api/v1/portal-sessions/', headers, { return_url: 'https://a.test/' })).json).toEqual(
      json,
    )
  })

  it('scopes an Idempotency-Key to the credential and the organization', async () => {
    const before = runs
    const keyed = { 'idempotency-key': 'scoped' }
    const { plainKey } = await createApiKey(ctx, { organizationId: own, name: 'k', scopes: ['write'], actor: 'test' })
    await call('POST', '/api/v1/probe/', { ...asOwn, ...keyed }, {})
    await call('POST', '/api/v1/probe/', { ...platform, 'x-organization-id': other, ...keyed }, {})
    await call('POST', '/api/v1/probe/', { ...bearer(plainKey), ...keyed }, {})
    expect(runs - before).toBe(3)
  })

  it('runs one of two parallel requests under one key and answers 409 to the other', async () => {
    const before = runs
    const headers = { ...asOwn, 'idempotency-key': 'parallel' }
    const asking = [1, 2].map(() => call('POST', '/api/v1/probe/', headers, { wait: true }))
    // The one that runs is held until the other has its answer.
    expect((await Promise.race(asking)).status).toBe(409)
    release()
    const both = await Promise.all(asking)
    expect(both.map((each) => each.status).sort()).toEqual([200, 409])
    expect(both.find((each) => each.status === 409)?.json.code).toBe('idempotency_key_in_use')
    expect(runs - before).toBe(1)
  })

  it('keeps no 5xx: the next request under the key runs again', async () => {
    const before = runs
    const headers = { ...asOwn, 'idempotency-key': 'failing' }
    for (let i = 0; i < 2; i++) expect((await call('POST', '/api/v1/probe/', headers, { fail: true })).status).toBe(500)
    expect(runs - before).toBe(2)
  })

  it('keeps a refusal like any answer, and forgets it after 24 hours', async () => {
    const headers = { ...platform, 'idempotency-key': 'refused' }
    const body = { external_id: 'own', ...fields }
    expect((await call('POST', '/api/v1/organizations/', headers, body)).status).toBe(409)
    const again = await call('POST', '/api/v1/organizations/', headers, body)
    expect(again).toMatchObject({ status: 409, json: { code: 'organization_exists' } })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.headers.get('content-type')).toBe('application/problem+json')
    ctx.clock.advanceMs(24 * 60 * 60_000)
    expect((await call('POST', '/api/v1/organizations/', headers, body)).headers.get('idempotent-replayed')).toBeNull()
    ctx.clock.set('2026-03-01T00:00:00Z')
  })

  it('leads a person by a one-time link to a cookie that changes things only with its CSRF token', async () => {
    const { url } = await createPortalSession(ctx, {
      organizationId: own,
      returnUrl: 'https://a.test/',
      role: 'billing',
    })
    const link = new URL(url)
    expect((await call('HEAD', link.pathname + link.search)).status).toBe(204)
    const entered = await call('GET', link.pathname + link.search)
    expect(entered).toMatchObject({ status: 303 })
    expect(entered.headers.get('location')).toBe('/portal/')
    const setCookie = entered.headers.get('set-cookie') ?? ''
    expect(setCookie).toMatch(/HttpOnly; SameSite=Lax/)
    expect((await call('GET', link.pathname + link.search)).status).toBe(410)

    const cookie = { cookie: setCookie.split(';')[0] ?? '' }
    const session = await call('GET', '/api/v1/portal/session', cookie)
    expect(session.json).toMatchObject({
      organization: { id: own, name: 'A' },
      role: 'billing',
      return_url: 'https://a.test/',
    })
    expect((await call('GET', '/api/v1/probe/', cookie)).json.organization_id).toBe(own)
    expect((await call('GET', '/api/v1/probe/', { ...cookie, 'x-organization-id': other })).status).toBe(404)
    const bare = await call('POST', '/api/v1/probe/', cookie, {})
    expect(bare).toMatchObject({ status: 403, json: { code: 'csrf_token_invalid' } })
    const proven = { ...cookie, 'x-csrf-token': session.json.csrf_token }
    expect((await call('POST', '/api/v1/probe/', proven, {})).status).toBe(200)
    expect((await call('POST', '/api/v1/portal-sessions/', proven, { return_url: 'https://a.test/' })).status).toBe(403)
    expect((await call('POST', '/api/v1/portal/leave', proven)).status).toBe(200)
    expect((await call('GET', '/api/v1/probe/', cookie)).status).toBe(401)
  })

  it('shows alerts to platform keys and resolves them once, with an audit entry', async () => {
    const alert = { kind: 'probe', subject: 'x', severity: 'warning' as const, detail: 'Look.' }
    const opened = await asPlatform(ctx.db, (scope) => openAlert(scope, ctx, alert))
    expect(await asPlatform(ctx.db, (scope) => openAlert(scope, ctx, alert))).toBeNull()
    const list = await call('GET', '/api/v1/admin/alerts/?status=open', platform)
    expect(list.json).toMatchObject({ data: [{ id: opened?.id, kind: 'probe' }], has_more: false, next_cursor: null })
    const resolved = await call('POST', `/api/v1/admin/alerts/${opened?.id}/resolve/`, platform)
    expect(resolved.json.resolved_at).toBe('2026-03-01T00:00:00.000Z')
    expect((await call('GET', '/api/v1/admin/alerts/?status=open', platform)).json.data).toEqual([])
  })

  it('describes itself in OpenAPI 3.1', async () => {
    const { json } = await call('GET', '/openapi.json')
    expect(json.openapi).toBe('3.1.0')
    expect(Object.keys(json.paths)).toContain('/api/v1/organizations/{id}/')
    expect(json.components.schemas).toHaveProperty('Organization')
  })
})
