import type { Context } from '../context.ts'
import { lockOrganization, type OrganizationScope, prepared, records, type Statement, together } from '../db/index.ts'
import type { BillingEventSource, BillingFact } from './billing-event.ts'
import { fanOut } from './fan-out.ts'

interface AppendInput {
  facts: readonly BillingFact[]
  source: BillingEventSource
  /** By the billing clock. */
  occurredAt: Date
}

/**
 * Writes facts into the outbox, in the transaction that made them true: with it they stand or fall. Each gets the next sequence number of
 * its object, and one delivery row for each receiver.
 */
export async function appendFacts(ctx: Context, scope: OrganizationScope, input: AppendInput): Promise<void> {
  if (input.facts.length === 0) return
  await lockOrganization(scope)
  await scope.tx.execute(together(appendStatements(ctx, [{ ...input, organizationId: scope.organizationId }])))
}

/**
 * The same for facts of several organizations, whose locks the caller holds, as parts of one statement: empty where there is nothing to
 * tell.
 */
export function appendStatements(
  ctx: Pick<Context, 'ids' | 'clock' | 'receivers'>,
  inputs: ReadonlyArray<AppendInput & { organizationId: string }>,
): Statement[] {
  const now = ctx.clock.now()
  const events = inputs.flatMap(({ organizationId, facts, source, occurredAt }) => {
    const counts = new Map<string, number>()
    return facts.map(({ type, objectId, data }) => {
      const nth = (counts.get(objectId) ?? 0) + 1
      counts.set(objectId, nth)
      const id = ctx.ids.next('billingEvent')
      const object = { object_kind: objectKindOf(type), object_id: objectId, nth }
      return {
        id,
        organization_id: organizationId,
        type,
        ...object,
        source,
        data,
        occurred_at: occurredAt,
        created_at: now,
      }
    })
  })
  return events.length === 0 ? [] : [insertEvents(events), ...fanOut(ctx, events)]
}

const columns = {
  id: 'text',
  organization_id: 'text',
  type: 'text',
  object_kind: 'text',
  object_id: 'text',
  nth: 'int',
  source: 'text',
  data: 'jsonb',
  occurred_at: 'timestamptz',
  created_at: 'timestamptz',
}

/** In the order of the list, which is the order of their positions. */
const insertEvents = (events: ReadonlyArray<Record<keyof typeof columns, unknown>>): Statement =>
  prepared`insert into billhook.billing_events
      (id, organization_id, type, object_kind, object_id, sequence, source, data, occurred_at, created_at)
    select id, organization_id, type, object_kind, object_id, nth + coalesce((select max(sequence) from billhook.billing_events last
        where last.organization_id = e.organization_id and last.object_id = e.object_id), 0), source, data, occurred_at, created_at
    from (select * from ${records(columns, events)}) e`

const objectKindOf = (type: string): string => type.slice(0, type.indexOf('.'))
