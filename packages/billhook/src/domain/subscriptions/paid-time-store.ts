import { sql } from 'drizzle-orm'
import { type OrganizationScope, rowsOf } from '../../db/index.ts'

/**
 * Whether a bill alone pays for the time from `now` on: its period goes on, it is the subscription's own and no duplicate's, and no other
 * bill that was kept pays for time after `now`.
 */
export async function boughtWhatIsLeft(
  { tx, organizationId }: OrganizationScope,
  { invoiceId, now }: { invoiceId: string; now: Date },
): Promise<boolean> {
  const rows = await rowsOf(
    tx.execute(sql`
      with bought as (
        select i.* from billhook.invoices i join billhook.bindings b on b.organization_id = i.organization_id and b.id = i.binding_id
        where i.organization_id = ${organizationId} and i.status = 'paid' and i.period_end > ${now} and b.role <> 'duplicate')
      select 1 from bought refunded where refunded.id = ${invoiceId} and not exists (
        select 1 from bought kept where kept.subscription_id = refunded.subscription_id and kept.id <> refunded.id
          and (kept.amount_paid = 0 or kept.amount_refunded < kept.amount_paid))`),
  )
  return rows.length > 0
}
