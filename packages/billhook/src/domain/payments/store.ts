import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm'
import { type OrganizationScope, rowsOf } from '../../db/index.ts'
import { disputes, paymentAllocations, payments, refunds } from '../../db/schema/index.ts'
import type { Payment, Refund, RefundableFacts } from './payment.ts'
import { refundableAmount } from './payment.ts'

type PaymentRow = typeof payments.$inferSelect
type RefundRow = typeof refunds.$inferSelect

/** `besidesOperation`: a refund that is being asked for, which is not to be counted against itself. */
export async function findPayment(
  scope: OrganizationScope,
  id: string,
  { besidesOperation = '' }: { besidesOperation?: string } = {},
): Promise<Payment | null> {
  const rows = await scope.tx
    .select()
    .from(payments)
    .where(and(eq(payments.organizationId, scope.organizationId), eq(payments.id, id)))
  const [payment] = await withDetails(scope, rows, besidesOperation)
  return payment ?? null
}

/** Newest first, from below the given id. */
export async function selectPayments(
  scope: OrganizationScope,
  before: string | null,
  limit: number,
): Promise<Payment[]> {
  const rows = await scope.tx
    .select()
    .from(payments)
    .where(
      and(
        eq(payments.organizationId, scope.organizationId),
        before
          ? sql`(${payments.createdAt}, ${payments.id}) < (select created_at, id from billhook.payments where id = ${before})`
          : undefined,
      ),
    )
    .orderBy(desc(payments.createdAt), desc(payments.id))
    .limit(limit)
  return withDetails(scope, rows)
}

export async function findRefund(scope: OrganizationScope, id: string): Promise<Refund | null> {
  const [row] = await scope.tx
    .select()
    .from(refunds)
    .where(and(eq(refunds.organizationId, scope.organizationId), eq(refunds.id, id)))
  return row ? refundView(row) : null
}

async function withDetails(scope: OrganizationScope, rows: PaymentRow[], besidesOperation = ''): Promise<Payment[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const { organizationId } = scope
  const given = await scope.tx
    .select()
    .from(refunds)
    .where(and(eq(refunds.organizationId, organizationId), inArray(refunds.paymentId, ids)))
    .orderBy(asc(refunds.createdAt), asc(refunds.id))
  const contested = await scope.tx
    .select({ paymentId: disputes.paymentId, status: disputes.status })
    .from(disputes)
    .where(and(eq(disputes.organizationId, organizationId), inArray(disputes.paymentId, ids)))
  const allocated = await scope.tx
    .select({ paymentId: paymentAllocations.paymentId, invoiceId: paymentAllocations.invoiceId })
    .from(paymentAllocations)
    .where(and(eq(paymentAllocations.organizationId, organizationId), inArray(paymentAllocations.paymentId, ids)))
    .orderBy(asc(paymentAllocations.id))
  const asked = await amountsAsked(scope, rows, besidesOperation)
  return rows.map((row) => {
    const statuses = contested.filter(({ paymentId }) => paymentId === row.id).map(({ status }) => status)
    return paymentView(row, {
      refunds: given.filter((refund) => refund.paymentId === row.id).map(refundView),
      invoiceIds: allocated.filter(({ paymentId }) => paymentId === row.id).map(({ invoiceId }) => invoiceId),
      amountAsked: asked.get(row.externalPaymentId) ?? 0,
      isDisputed: statuses.some((status) => status === 'needs_response' || status === 'under_review'),
      isLost: statuses.includes('lost'),
      amountReturned: row.amountRefunded ?? 0,
    })
  })
}

/** What open operations ask back, by the payment's external id. One whose refund was heard of already is counted there. */
async function amountsAsked(
  scope: OrganizationScope,
  rows: PaymentRow[],
  besidesOperation: string,
): Promise<Map<string, number>> {
  const externalIds = sql.join(
    rows.map((row) => sql`${row.externalPaymentId}`),
    sql`, `,
  )
  const sums = await rowsOf<{ id: string; amount: string }>(
    scope.tx.execute(sql`
      select o.input ->> 'externalPaymentId' as id, sum((o.input ->> 'amount')::bigint) as amount
      from billhook.operations o
      where o.organization_id = ${scope.organizationId} and o.kind = 'create_refund' and o.status in ('pending', 'unknown')
        and o.id <> ${besidesOperation}
        and o.input ->> 'externalPaymentId' in (${externalIds})
        and not exists (select 1 from billhook.refunds r where r.organization_id = o.organization_id and r.operation_id = o.id)
      group by 1`),
  )
  return new Map(sums.map(({ id, amount }) => [id, Number(amount)]))
}

type Details = Omit<RefundableFacts, 'status' | 'amount' | 'refunds'> & { refunds: Refund[]; invoiceIds: string[] }

const paymentView = (row: PaymentRow, details: Details): Payment => ({
  id: row.id,
  organizationId: row.organizationId,
  provider: row.provider,
  externalPaymentId: row.externalPaymentId,
  stripePaymentIntentId: row.stripePaymentIntentId,
  status: row.status,
  amount: row.amount,
  currency: row.currency,
  amountRefunded: Math.max(
    details.amountReturned,
    details.refunds.filter(({ status }) => status === 'succeeded').reduce((sum, { amount }) => sum + amount, 0),
  ),
  amountRefundable: refundableAmount({ ...details, status: row.status, amount: row.amount }),
  isDisputed: details.isDisputed,
  refunds: details.refunds,
  invoiceIds: details.invoiceIds,
  declineCode: row.declineCode,
  failureMessage: row.failureMessage,
  attemptedAt: row.attemptedAt,
  createdAt: row.createdAt,
})

const refundView = (row: RefundRow): Refund => ({
  id: row.id,
  organizationId: row.organizationId,
  paymentId: row.paymentId,
  invoiceId: row.invoiceId,
  provider: row.provider,
  externalRefundId: row.externalRefundId,
  status: row.status,
  amount: row.amount,
  currency: row.currency,
  reason: row.reason,
  failureMessage: row.failureMessage,
  createdAt: row.createdAt,
})
