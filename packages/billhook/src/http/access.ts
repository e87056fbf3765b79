import { createMiddleware } from 'hono/factory'
import type { Context } from '../context.ts'
import type { Scope } from '../domain/api-keys/index.ts'
import { resolveOrganization } from '../domain/organizations/index.ts'
import { BillhookError, invalid, notFound } from '../primitives/index.ts'
import { makeAuthenticate } from './authenticate.ts'
import type { Credential } from './credential.ts'
import type { Env } from './env.ts'
import type { HttpOptions } from './options.ts'

/**
 * Whom a route is for. `organization`: one organization, always. `either`: one, or the platform over all. `operator`: the platform alone,
 * about one organization where one is named. `guardian`: the platform alone, about one organization, always. `platform`: the platform alone,
 * about none.
 */
export type Audience = 'organization' | 'either' | 'operator' | 'guardian' | 'platform'

const isForPlatform = (audience: Audience): boolean => ['operator', 'guardian', 'platform'].includes(audience)
const isAboutOne = (audience: Audience): boolean => ['organization', 'guardian'].includes(audience)

const organizationHeader = 'x-organization-id'

export type Access = ReturnType<typeof makeAccess>

/**
 * The rule of a route, as middleware that runs before anything else of it. Errors: 401 and 403 of the credential; `organization_required`
 * (400); `organization_not_found` (404), also for one that the credential is not bound to; `forbidden` (403).
 */
export function makeAccess(ctx: Context, options: HttpOptions) {
  const authenticate = makeAuthenticate(ctx, options)
  const resolve = makeResolver(ctx)
  return (audience: Audience, scope: Scope) =>
    createMiddleware<Env>(async (c, next) => {
      const credential = await authenticate(c)
      c.set('credential', credential)
      if (isForPlatform(audience) && credential.organizationId !== null)
        throw forbidden('This call is for platform keys.')
      if (!credential.scopes.has(scope)) throw forbidden(`This credential lacks the scope "${scope}".`)
      // The platform's own calls are about no organization, so a header that a client always sends does no harm.
      const named = audience === 'platform' ? undefined : c.req.header(organizationHeader)
      c.set('organizationId', await organizationFor(credential, named, resolve))
      if (isAboutOne(audience) && c.get('organizationId') === null) {
        throw invalid('organization_required', 'Name the organization in the X-Organization-Id header.')
      }
      await next()
    })
}

const forbidden = (detail: string) => new BillhookError('forbidden', detail, { status: 403 })

async function organizationFor(
  credential: Credential,
  named: string | undefined,
  resolve: Resolve,
): Promise<string | null> {
  if (!named) return credential.organizationId
  const organizationId = await resolve(named)
  const isStranger = credential.organizationId !== null && credential.organizationId !== organizationId
  if (organizationId === null || isStranger) throw notFound('organization_not_found', 'There is no such organization.')
  return organizationId
}

type Resolve = (idOrExternalId: string) => Promise<string | null>

const maxRemembered = 10_000

/** Neither name of an organization ever changes and none is deleted, so what was found once stays true. */
function makeResolver(ctx: Context): Resolve {
  const known = new Map<string, string>()
  return async (idOrExternalId) => {
    const remembered = known.get(idOrExternalId)
    if (remembered) return remembered
    const organization = await resolveOrganization(ctx, idOrExternalId)
    if (!organization) return null
    if (known.size >= maxRemembered) known.clear()
    known.set(idOrExternalId, organization.id)
    return organization.id
  }
}
