import type { Context as HonoContext } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Context } from '../context.ts'
import { findApiKey, scopes } from '../domain/api-keys/index.ts'
import { resolveOrganization } from '../domain/organizations/index.ts'
import { findPortalSession } from '../domain/portal/index.ts'
import { BillhookError, compareSecrets, notFound, sha256Hex } from '../primitives/index.ts'
import { type Credential, roleScopes } from './credential.ts'
import type { HttpOptions } from './options.ts'
import { makeVerifyJwt } from './verify-jwt.ts'

export const portalCookie = 'billhook_portal'
/** What a page of ours sends along to prove that it, and not a stranger's page, makes the request. */
export const csrfTokenOf = (cookie: string): string => sha256Hex(`billhook csrf ${cookie}`)

const maxCredentialLength = 8192
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export type Authenticate = (c: HonoContext) => Promise<Credential>

/** Errors: `unauthorized` (401), `csrf_token_invalid` (403), `organization_not_found` (404) for a token of an organization that we do not know. */
export function makeAuthenticate(ctx: Context, options: HttpOptions): Authenticate {
  const fromBearer = bearerReader(ctx, options)
  return async (c) => {
    const header = c.req.header('authorization')
    if (header !== undefined) {
      const token = /^Bearer +([^\s]+) *$/i.exec(header)?.[1]
      const credential = token && token.length <= maxCredentialLength ? await fromBearer(token) : null
      if (credential) return credential
      throw unauthorized('This credential is not valid.')
    }
    const cookie = getCookie(c, portalCookie)
    if (cookie) return fromCookie(ctx, c, cookie)
    throw unauthorized('Send a key or a token: "Authorization: Bearer …".')
  }
}

const unauthorized = (detail: string) => new BillhookError('unauthorized', detail, { status: 401 })

async function fromCookie(ctx: Context, c: HonoContext, cookie: string): Promise<Credential> {
  const session = await findPortalSession(ctx, cookie)
  if (!session) throw unauthorized('This session is over. Open the portal again from the product.')
  if (!safeMethods.has(c.req.method) && !compareSecrets(c.req.header('x-csrf-token') ?? '', csrfTokenOf(cookie))) {
    throw new BillhookError('csrf_token_invalid', 'The x-csrf-token header is missing or wrong.', { status: 403 })
  }
  const { id, organizationId, role } = session
  return { kind: 'portal', actor: `portal:${id}`, organizationId, scopes: roleScopes(role), role }
}

function bearerReader(ctx: Context, options: HttpOptions): (token: string) => Promise<Credential | null> {
  const verifyJwt = options.jwt && makeVerifyJwt(options.jwt, ctx.clock)
  const bootstrap = options.apiKeys.map((key) => ({ key, actor: `platform_key:${sha256Hex(key).slice(0, 12)}` }))
  return async (token) => {
    // All of them are compared, so that the time says nothing about which one was close.
    const known = bootstrap.filter(({ key }) => compareSecrets(token, key))[0]
    if (known) return { kind: 'platform_key', actor: known.actor, organizationId: null, scopes: new Set(scopes) }
    if (verifyJwt && token.split('.').length === 3) {
      const claims = await verifyJwt(token)
      if (!claims) return null
      const organization = await resolveOrganization(ctx, claims.organization)
      if (!organization) throw notFound('organization_not_found', 'There is no such organization.')
      const { subject, role } = claims
      return { kind: 'jwt', actor: `jwt:${subject}`, organizationId: organization.id, scopes: roleScopes(role), role }
    }
    const apiKey = await findApiKey(ctx, token)
    if (!apiKey) return null
    const { id, organizationId } = apiKey
    const kind = organizationId === null ? 'platform_key' : 'organization_key'
    return { kind, actor: `key:${id}`, organizationId, scopes: new Set(apiKey.scopes) }
  }
}
