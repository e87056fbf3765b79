import { and, eq, inArray, max } from 'drizzle-orm'
import type { Context } from '../context.ts'
import { lockOrganization, type OrganizationScope } from '../db/index.ts'
import { billingEvents, deliveries } from '../db/schema/index.ts'
import type { BillingEventSource, BillingFact } from './billing-event.ts'

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
export async function appendFacts(
  ctx: Context,
  scope: OrganizationScope,
  { facts, source, occurredAt }: AppendInput,
): Promise<void> {
  if (facts.length === 0) return
  await lockOrganization(scope)
  const sequences = await lastSequences(scope, facts)
  const now = ctx.clock.now()
  const rows = facts.map((fact) => {
    const sequence = (sequences.get(fact.objectId) ?? 0) + 1
    sequences.set(fact.objectId, sequence)
    return {
      id: ctx.ids.next('billingEvent'),
      organizationId: scope.organizationId,
      type: fact.type,
      objectKind: objectKindOf(fact.type),
      objectId: fact.objectId,
      sequence,
      source,
      data: { ...fact.data },
      occurredAt,
      createdAt: now,
    }
  })
  await scope.tx.insert(billingEvents).values(rows)
  const receivers = [...ctx.receivers.keys()]
  if (receivers.length === 0) return
  await scope.tx.insert(deliveries).values(
    rows.flatMap((row) =>
      receivers.map((receiver) => ({
        id: ctx.ids.next('delivery'),
        organizationId: scope.organizationId,
        billingEventId: row.id,
        receiver,
        status: 'pending' as const,
        dueAt: now,
      })),
    ),
  )
}

const objectKindOf = (type: string): string => type.slice(0, type.indexOf('.'))

async function lastSequences(scope: OrganizationScope, facts: readonly BillingFact[]): Promise<Map<string, number>> {
  const rows = await scope.tx
    .select({ objectId: billingEvents.objectId, last: max(billingEvents.sequence) })
    .from(billingEvents)
    .where(
      and(
        eq(billingEvents.organizationId, scope.organizationId),
        inArray(billingEvents.objectId, [...new Set(facts.map((fact) => fact.objectId))]),
      ),
    )
    .groupBy(billingEvents.objectId)
  return new Map(rows.map((row) => [row.objectId, row.last ?? 0]))
}
