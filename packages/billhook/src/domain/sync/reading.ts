import type { Context } from '../../context.ts'
import { billingNow } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import type { BillingEventSource } from '../../outbox/billing-event.ts'
import type { BasePaymentProvider } from '../../providers/provider.ts'
import { issueTicket } from './store.ts'
import type { Observation } from './version.ts'

export type ReadKind = 'subscription' | 'invoice' | 'checkout_session' | 'refund' | 'dispute'
/** What an event can be read again as; a dispute only goes forward, which orders what times cannot. */
export type RereadKind = Exclude<ReadKind, 'dispute'>

interface ReadingInput {
  organizationId: string
  provider: BasePaymentProvider
  kind: ReadKind
  externalId: string
  source: BillingEventSource
}

/**
 * Takes a ticket on an external object before it is read, so that the answer of a slow read never overwrites what was applied since.
 * An object that is not known here yet has ticket 0.
 */
export async function beginReading(ctx: Context, input: ReadingInput): Promise<Observation> {
  const { organizationId, provider, kind, externalId, source } = input
  const at = await billingNow(ctx, provider.providerName)
  const ticket = await inOrganization(ctx.db, organizationId, (scope) =>
    issueTicket(scope, { provider: provider.providerName, kind, externalId }),
  )
  return { by: 'read', at, ticket, source }
}
