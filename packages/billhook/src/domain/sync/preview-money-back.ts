import type { OrganizationsScope } from '../../db/index.ts'
import { type ApplyDisputeInput, decideDispute, disputeValues } from './apply-dispute.ts'
import { type ApplyRefundInput, decideRefund, refundValues } from './apply-refund.ts'
import { selectDisputes, selectPaymentIds, selectRefunds } from './money-back-store.ts'
import type { SyncOutcome } from './outcome.ts'

/** A provider's refund or dispute, as it was at a moment. */
export type MoneyBack = { kind: 'refund'; input: ApplyRefundInput } | { kind: 'dispute'; input: ApplyDisputeInput }

type Values = ReturnType<typeof refundValues> | ReturnType<typeof disputeValues>

/** What is kept of it, and what the writer would make of that. `before`: null where it is not known here. */
export interface MoneyBackPreview {
  outcome: SyncOutcome
  before: object | null
  after: Values
}

/** What refunds and disputes would change, in order, in three statements for any number of them; nothing is written. */
export async function previewMoneyBack(
  scope: OrganizationsScope,
  provider: string,
  all: readonly MoneyBack[],
): Promise<MoneyBackPreview[]> {
  const refunds = await selectRefunds(
    scope,
    provider,
    all.flatMap(({ kind, input }) => (kind === 'refund' ? [input.snapshot.externalRefundId] : [])),
  )
  const disputes = await selectDisputes(
    scope,
    provider,
    all.flatMap(({ kind, input }) => (kind === 'dispute' ? [input.snapshot.externalDisputeId] : [])),
  )
  const payments = await selectPaymentIds(
    scope,
    provider,
    all.map(({ input }) => input.snapshot.externalPaymentId),
  )
  return all.map((one) => {
    const preview = one.kind === 'refund' ? refundPreview(refunds, one.input) : disputePreview(disputes, one.input)
    return payments.has(one.input.snapshot.externalPaymentId) ? preview : { ...preview, outcome: needsPayment(one) }
  })
}

function refundPreview(rows: Awaited<ReturnType<typeof selectRefunds>>, input: ApplyRefundInput): MoneyBackPreview {
  const known = rows.get(input.snapshot.externalRefundId) ?? null
  return { outcome: decideRefund(known, input), before: known, after: refundValues(known, input.snapshot) }
}

function disputePreview(rows: Awaited<ReturnType<typeof selectDisputes>>, input: ApplyDisputeInput): MoneyBackPreview {
  const known = rows.get(input.snapshot.externalDisputeId) ?? null
  return { outcome: decideDispute(known, input), before: known, after: disputeValues(known, input) }
}

const needsPayment = ({ input: { snapshot } }: MoneyBack): SyncOutcome => ({
  outcome: 'needs_payment',
  externalPaymentId: snapshot.externalPaymentId,
  externalInvoiceId: null,
  externalCustomerId: snapshot.externalCustomerId,
})
