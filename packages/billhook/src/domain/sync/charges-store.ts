import { and, asc, desc, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { insertRecords, type OrganizationScope } from '../../db/index.ts'
import { bindings, customers, invoices, payments } from '../../db/schema/index.ts'
import type { ChargeData } from '../../providers/provider.ts'
import type { InvoiceRow } from './invoice-store.ts'
import type { PaymentRow } from './money-back-store.ts'

/** The payments of a binding: what bills are written from. */
export const selectLedger = ({ tx, organizationId }: OrganizationScope, bindingId: string): Promise<PaymentRow[]> =>
  tx
    .select()
    .from(payments)
    .where(and(eq(payments.organizationId, organizationId), eq(payments.bindingId, bindingId)))
    .orderBy(asc(payments.attemptedAt), asc(payments.externalPaymentId))

/** Our ids of payments of a binding, by their external ids. */
export async function findPaymentIds(
  { tx, organizationId }: OrganizationScope,
  bindingId: string,
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  if (externalIds.length === 0) return new Map()
  const rows = await tx
    .select({ id: payments.id, externalId: payments.externalPaymentId })
    .from(payments)
    .where(
      and(
        eq(payments.organizationId, organizationId),
        eq(payments.bindingId, bindingId),
        inArray(payments.externalPaymentId, [...externalIds]),
      ),
    )
  return new Map(rows.map(({ id, externalId }) => [externalId, id]))
}

/** The bills of a binding, withdrawn ones too. */
export const selectBills = ({ tx, organizationId }: OrganizationScope, bindingId: string): Promise<InvoiceRow[]> =>
  tx
    .select()
    .from(invoices)
    .where(and(eq(invoices.organizationId, organizationId), eq(invoices.bindingId, bindingId)))
    .orderBy(asc(invoices.id))

export async function hasInvoice(
  { tx, organizationId }: OrganizationScope,
  provider: string,
  externalInvoiceId: string,
): Promise<boolean> {
  const rows = await tx
    .select({ id: invoices.id })
    .from(invoices)
    .where(
      and(
        eq(invoices.organizationId, organizationId),
        eq(invoices.provider, provider),
        eq(invoices.externalInvoiceId, externalInvoiceId),
      ),
    )
  return rows.length > 0
}

export async function findExternalCustomerId(
  { tx, organizationId }: OrganizationScope,
  customerId: string,
): Promise<string> {
  const [row] = await tx
    .select({ id: customers.externalCustomerId })
    .from(customers)
    .where(and(eq(customers.organizationId, organizationId), eq(customers.id, customerId)))
  return row?.id ?? ''
}

/** The organization's subscriptions at a provider whose bills are written here, by their external ids, the latest first. */
export async function selectBilledSubscriptions(
  { tx, organizationId }: OrganizationScope,
  provider: string,
): Promise<string[]> {
  const rows = await tx
    .select({ id: bindings.externalSubscriptionId })
    .from(bindings)
    .where(and(eq(bindings.organizationId, organizationId), eq(bindings.provider, provider), isNotNull(bindings.terms)))
    .orderBy(desc(bindings.id))
  return rows.map(({ id }) => id)
}

type LedgerRow = typeof payments.$inferInsert

export async function saveCharges({ tx }: OrganizationScope, rows: readonly LedgerRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(
    insertRecords(payments, rows, {
      target: ['provider', 'externalPaymentId'],
      set: [
        'status',
        'currency',
        'amount',
        'tax',
        'amountRefunded',
        'nextAttemptAt',
        'declineCode',
        'failureMessage',
        'attemptedAt',
        'updatedAt',
      ],
    }),
  )
}

/** What of a charge went back by the refunds that are known; the provider may know of more, unless one has failed (`canFall`). */
export async function countRefundsOfCharge(
  { tx, organizationId }: OrganizationScope,
  paymentId: string,
  { canFall }: { canFall: boolean },
): Promise<void> {
  const refunded = sql`coalesce((select sum(r.amount) from billhook.refunds r
    where r.organization_id = ${organizationId} and r.payment_id = ${paymentId} and r.status = 'succeeded'), 0)`
  const total = canFall ? refunded : sql`greatest(${payments.amountRefunded}, ${refunded})`
  await tx
    .update(payments)
    .set({ amountRefunded: sql`least(${payments.amount}, ${total})` })
    .where(and(eq(payments.organizationId, organizationId), eq(payments.id, paymentId)))
}

export type ChargeRow = PaymentRow & { attemptedAt: Date }

export const isCharge = (row: PaymentRow): row is ChargeRow => row.tax !== null && row.attemptedAt !== null

export const chargeOf = (
  row: ChargeRow,
  ids: Pick<ChargeData, 'externalSubscriptionId' | 'externalCustomerId'>,
): ChargeData => ({
  ...ids,
  externalPaymentId: row.externalPaymentId,
  status: row.status,
  amount: row.amount,
  tax: row.tax ?? 0,
  currency: row.currency,
  amountRefunded: row.amountRefunded ?? 0,
  attemptedAt: row.attemptedAt,
  nextAttemptAt: row.nextAttemptAt,
  declineCode: row.declineCode,
  failureMessage: row.failureMessage,
  reference: {},
})
