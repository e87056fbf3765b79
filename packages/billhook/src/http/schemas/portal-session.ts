import { z } from '@hono/zod-openapi'
import { roles } from '../../domain/portal/index.ts'
import { instant } from './common.ts'
import { webUrl } from './web-url.ts'

const role = z.enum(roles)

export const newPortalSession = z
  .strictObject({
    return_url: webUrl,
    role: role.optional().openapi({
      description: 'What the person may do; billing when absent. Of a token: its own. Owners: by platform keys only',
    }),
  })
  .openapi('NewPortalSession')

export const portalLinkSchema = z
  .object({ id: z.string(), url: z.string().openapi({ description: 'Works once' }), expires_at: instant })
  .openapi('PortalLink')

export const portalSessionSchema = z
  .object({
    organization: z.object({ id: z.string(), name: z.string() }),
    csrf_token: z.string().openapi({ description: 'Send it as x-csrf-token with everything that changes something' }),
    return_url: z.string(),
    role,
  })
  .openapi('PortalSession')
