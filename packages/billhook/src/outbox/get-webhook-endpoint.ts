import type { Context } from '../context.ts'
import { asPlatform, type PlatformScope } from '../db/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../domain/paging.ts'
import { getEndpointRow, selectEndpoints, viewEndpoints } from './endpoint-store.ts'
import { type EndpointInput, endpointNotFound, type WebhookEndpoint } from './webhook-endpoint.ts'

/** Error: `webhook_endpoint_not_found` (404). */
export const getWebhookEndpoint = (ctx: Context, input: EndpointInput): Promise<WebhookEndpoint> =>
  asPlatform(ctx.db, (scope) => viewEndpoint(scope, ctx, input))

/** The same inside a transaction. */
export async function viewEndpoint(scope: PlatformScope, ctx: Context, input: EndpointInput): Promise<WebhookEndpoint> {
  const [endpoint] = await viewEndpoints(scope, [await getEndpointRow(scope, input)], ctx.clock.now())
  if (!endpoint) throw endpointNotFound()
  return endpoint
}

/** Oldest first. Null: the platform's and every organization's. */
export async function listWebhookEndpoints(
  ctx: Context,
  input: PageInput & { organizationId: string | null },
): Promise<Paged<WebhookEndpoint>> {
  const { organizationId } = input
  const after = decodeCursor(input)
  const shown = await asPlatform(ctx.db, async (scope) => {
    const rows = await selectEndpoints(scope, { organizationId, after, limit: pageLimit(input) + 1 })
    return viewEndpoints(scope, rows, ctx.clock.now())
  })
  return pageOf(
    shown,
    input,
    (endpoint) => endpoint,
    ({ id }) => id,
  )
}
