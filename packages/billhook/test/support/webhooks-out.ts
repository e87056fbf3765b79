import { inOrganization } from '../../src/db/index.ts'
import { appendFacts } from '../../src/outbox/append.ts'
import { type CreateWebhookEndpointInput, listWebhookDeliveries } from '../../src/outbox/index.ts'
import type { TestBilling } from '../../src/testing/create-test-billing.ts'
import { createTestBilling, type TestBillingOptions } from '../../src/testing/create-test-billing.ts'
import { addOrganization, selectRows } from './sandbox-shop.ts'
import { openReceiver } from './webhook-receiver.ts'

export const actor = 'test'
export const minuteMs = 60_000
export const dayMs = 86_400_000

/** A service with two organizations, and a receiver on this machine that its webhooks may go to. */
export async function openSender(options: TestBillingOptions = {}) {
  const receiver = await openReceiver()
  const settings = { allowPrivateWebhooks: true, webhookTimeoutMs: minuteMs, ...options.settings }
  const billing = await createTestBilling({ ...options, settings })
  const own = await addOrganization(billing, 'acme')
  const other = await addOrganization(billing, 'rival')
  return {
    billing,
    ctx: billing.ctx,
    clock: billing.clock,
    receiver,
    own,
    other,
    ...senderActions(billing, { own, urlOf: receiver.url }),
    close: async () => {
      await billing.close()
      await receiver.close()
    },
  }
}

export type Sender = Awaited<ReturnType<typeof openSender>>

function senderActions(billing: TestBilling, { own, urlOf }: { own: string; urlOf(path: string): string }) {
  let told = 0
  return {
    /** An endpoint of the first organization, or of whom it says. */
    endpoint: async (path: string, input: Partial<CreateWebhookEndpointInput> = {}) => {
      const made = await billing.createWebhookEndpoint({ organizationId: own, url: urlOf(path), actor, ...input })
      return { ...made, endpointId: made.endpoint.id }
    },
    /** Facts of an organization, each about an object of its own where none is named. */
    happen: async (organizationId = own, { objectId, count = 1 }: { objectId?: string; count?: number } = {}) => {
      const facts = Array.from({ length: count }, () => {
        told += 1
        const id = objectId ?? `customer ${told}`
        const data = { id, organizationId, provider: 'sandbox', externalCustomerId: `cus_${told}` }
        return { type: 'customer.created' as const, objectId: id, data }
      })
      const occurredAt = billing.clock.now()
      await inOrganization(billing.ctx.db, organizationId, (scope) =>
        appendFacts(billing.ctx, scope, { facts, source: 'api', occurredAt }),
      )
    },
    /** Every delivery of an endpoint, oldest first. */
    deliveries: async (endpointId: string) =>
      (await listWebhookDeliveries(billing.ctx, { organizationId: null, endpointId, limit: 100 })).data.toReversed(),
    /** What one test leaves is nothing to the next. */
    forget: async () => {
      for (const table of ['delivery_attempts', 'deliveries', 'webhook_endpoints', 'alerts'])
        await selectRows(billing, `truncate billhook.${table} cascade`)
    },
  }
}
