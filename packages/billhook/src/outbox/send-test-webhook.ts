import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { getEndpointRow, liveSecrets } from './endpoint-store.ts'
import { postWebhook } from './post-webhook.ts'
import { failureOf, isDelivered } from './record-attempt.ts'
import { signedHeaders } from './sign.ts'
import type { EndpointInput } from './webhook-endpoint.ts'
import type { TestMessage } from './webhook-message.ts'

/** What a test has shown. */
export interface TestResult {
  /** The `webhook-id` that it was sent under. */
  id: string
  delivered: boolean
  statusCode: number | null
  durationMs: number
  error: string | null
  responseStart: string | null
}

/**
 * Sends a signed `webhook.test` at once, to a disabled endpoint, too, and says what came back. It is no BillingEvent, is not repeated and counts
 * for nothing. Error: `webhook_endpoint_not_found` (404).
 */
export async function sendTestWebhook(ctx: Context, input: EndpointInput): Promise<TestResult> {
  const startedAt = ctx.clock.now()
  const { url, organizationId, secrets } = await asPlatform(ctx.db, async (scope) => {
    const row = await getEndpointRow(scope, input)
    return { ...row, secrets: await liveSecrets(scope, [row.id], startedAt) }
  })
  const id = ctx.ids.next('billingEvent')
  const message: TestMessage = {
    id,
    type: 'webhook.test',
    timestamp: startedAt.toISOString(),
    organization_id: organizationId,
    data: { endpoint_id: input.endpointId },
  }
  const body = JSON.stringify(message)
  const headers = signedHeaders(
    secrets.map(({ secret }) => secret),
    { id, at: startedAt, body },
  )
  const answer = await postWebhook(ctx, { url, headers, body })
  const delivered = isDelivered(answer)
  const { statusCode, responseStart } = answer
  const durationMs = ctx.clock.now().getTime() - startedAt.getTime()
  return { id, delivered, statusCode, durationMs, error: delivered ? null : failureOf(answer), responseStart }
}
