import { sql } from 'drizzle-orm'
import { type OrganizationScope, rowsOf } from '../../db/index.ts'

/** What was paid for a duplicate. */
export interface DuplicateMoney {
  /** A bill of it is known: before, nothing can be said. */
  isBilled: boolean
  /** Nothing that was paid for it is left. */
  isReturned: boolean
  paymentIds: string[]
}

export async function findDuplicateMoney(
  { tx, organizationId }: OrganizationScope,
  { provider, externalSubscriptionId }: { provider: string; externalSubscriptionId: string },
): Promise<DuplicateMoney> {
  const [row] = await rowsOf<{ bills: number; is_returned: boolean | null; payment_ids: string[] | null }>(
    tx.execute(sql`
      with bills as (
        select i.* from billhook.invoices i join billhook.bindings b on b.organization_id = i.organization_id and b.id = i.binding_id
        where i.organization_id = ${organizationId} and b.provider = ${provider} and b.role = 'duplicate'
          and b.external_subscription_id = ${externalSubscriptionId})
      select count(*)::int as bills, bool_and(amount_refunded >= amount_paid) as is_returned,
        (select jsonb_agg(distinct p.id) from billhook.payments p
          join billhook.payment_allocations a on a.organization_id = p.organization_id and a.payment_id = p.id
          where p.organization_id = ${organizationId} and p.status = 'succeeded' and a.invoice_id in (select id from bills)) as payment_ids
      from bills`),
  )
  return {
    isBilled: (row?.bills ?? 0) > 0,
    isReturned: row?.is_returned === true,
    paymentIds: row?.payment_ids ?? [],
  }
}
