import { createRoute, z } from '@hono/zod-openapi'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { getOrganization } from '../../domain/organizations/index.ts'
import {
  createPortalSession,
  enterPortal,
  findPortalSession,
  leavePortal,
  type Role,
} from '../../domain/portal/index.ts'
import { BillhookError } from '../../primitives/index.ts'
import { csrfTokenOf, portalCookie } from '../authenticate.ts'
import type { Credential } from '../credential.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { isPageWanted, messagePage } from '../message-page.ts'
import { answer, body, iso, problems } from '../schemas/common.ts'
import { newPortalSession, portalLinkSchema, portalSessionSchema } from '../schemas/portal-session.ts'

const tags = ['Portal']
const cookieSeconds = 12 * 60 * 60

export const portalRoutes: RegisterRoutes = (app, tools) => {
  registerLinks(app, tools)
  registerEntrance(app, tools)
  registerSession(app, tools)
}

const registerLinks: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const create = createRoute({
    method: 'post',
    path: '/api/v1/portal-sessions/',
    tags,
    summary: 'A link that leads a person, once, to the organization’s own pages',
    middleware: [access('organization', 'write'), idempotent] as const,
    request: { body: body(newPortalSession) },
    responses: { 201: answer(portalLinkSchema, 'Created'), ...problems },
  })
  app.openapi(create, async (c) => {
    const { return_url: returnUrl, role } = c.req.valid('json')
    const session = await createPortalSession(ctx, {
      organizationId: organizationOf(c),
      returnUrl,
      role: roleToGive(c.get('credential'), role),
    })
    return c.json({ id: session.id, url: session.url, expires_at: iso(session.expiresAt) }, 201)
  })
}

/** Nobody gives more than they have: an owner may give money back, a key of the organization may not. */
function roleToGive({ kind, role: own }: Credential, wanted: Role = 'billing'): Role {
  if (kind === 'portal') throw forbidden('A portal session cannot make another one.')
  if (kind === 'organization_key' && wanted === 'owner') throw forbidden('Only platform keys let an owner in.')
  return own ?? wanted
}

const forbidden = (detail: string) => new BillhookError('forbidden', detail, { status: 403 })

const registerEntrance: RegisterRoutes = (app, { ctx }) => {
  app.get('/portal/enter', async (c) => {
    c.header('referrer-policy', 'no-referrer')
    // What looks at links without following them, as mail programs do, must not use them up.
    if (c.req.method === 'HEAD') return c.body(null, 204)
    const token = c.req.query('token') ?? ''
    try {
      const { cookie } = await enterPortal(ctx, token)
      setCookie(c, portalCookie, cookie, {
        path: '/',
        httpOnly: true,
        sameSite: 'Lax',
        secure: ctx.settings.baseUrl.startsWith('https:'),
        maxAge: cookieSeconds,
      })
      return c.redirect('/portal/', 303)
    } catch (error) {
      if (!(error instanceof BillhookError) || !isPageWanted(c)) throw error
      return messagePage('This link does not work', error)
    }
  })
}

const registerSession: RegisterRoutes = (app, { ctx, access }) => {
  const get = createRoute({
    method: 'get',
    path: '/api/v1/portal/session/',
    tags,
    summary: 'Whose pages these are; for the pages themselves',
    request: {},
    responses: { 200: answer(portalSessionSchema), ...problems },
  })
  app.openapi(get, async (c) => {
    const cookie = getCookie(c, portalCookie)
    const session = cookie ? await findPortalSession(ctx, cookie) : null
    if (!cookie || !session) {
      throw new BillhookError('unauthorized', 'Open the portal from the product: there is no session.', { status: 401 })
    }
    const { id, name } = await getOrganization(ctx, { organizationId: session.organizationId })
    const { returnUrl: return_url, role } = session
    return c.json({ organization: { id, name }, csrf_token: csrfTokenOf(cookie), return_url, role }, 200)
  })

  const leave = createRoute({
    method: 'post',
    path: '/api/v1/portal/leave/',
    tags,
    summary: 'End the session',
    middleware: [access('organization', 'read')] as const,
    responses: { 200: answer(z.object({ left: z.literal(true) })), ...problems },
  })
  app.openapi(leave, async (c) => {
    const cookie = getCookie(c, portalCookie)
    if (cookie) await leavePortal(ctx, cookie)
    deleteCookie(c, portalCookie, { path: '/' })
    return c.json({ left: true as const }, 200)
  })
}
