import { billingNow, type Context } from '../../context.ts'
import { decideAccess } from './access.ts'
import type { SubscriptionRecord } from './store.ts'
import type { BindingView, Subscription, SubscriptionChangeView, SubscriptionItemView } from './subscription.ts'

type BindingRecord = SubscriptionRecord['bindings'][number]

/** The binding that bills, or the one that billed last. */
export const billingBindingOf = (record: SubscriptionRecord): BindingRecord | null =>
  record.bindings.find((binding) => binding.role === 'billing') ??
  record.bindings.findLast((binding) => binding.role === 'ended') ??
  record.bindings.at(-1) ??
  null

/** The stored rows as they are shown, with access decided at the billing clock of whoever bills it. Call it outside a scope. */
export async function viewSubscription(ctx: Context, record: SubscriptionRecord): Promise<Subscription> {
  const binding = billingBindingOf(record)
  const now = await billingNow(ctx, binding?.provider ?? null)
  const { row, openChange } = record
  return {
    id: row.id,
    organizationId: row.organizationId,
    productLine: row.productLine,
    planId: row.planId,
    planKey: record.planKey,
    priceId: row.priceId,
    priceKey: record.priceKey,
    provider: binding?.provider ?? null,
    providerKind: binding?.providerKind ?? null,
    externalSubscriptionId: binding?.externalSubscriptionId ?? null,
    externalCustomerId: binding?.externalCustomerId ?? null,
    stripeSubscriptionId: binding?.stripeSubscriptionId ?? null,
    // The customer is of the binding's kind, so its old name is filled exactly when the subscription's is.
    stripeCustomerId: binding?.stripeSubscriptionId ? binding.externalCustomerId : null,
    bindings: record.bindings.map(viewBinding),
    status: row.status,
    quantity: row.quantity,
    items: record.items.filter((item) => item.bindingId === binding?.id).map(viewItem),
    currentPeriodStart: row.currentPeriodStart,
    currentPeriodEnd: row.currentPeriodEnd,
    paidThroughAt: row.paidThroughAt,
    trialEnd: row.trialEnd,
    cancelAtPeriodEnd: row.cancelAt !== null && row.endedAt === null,
    cancelAt: row.cancelAt,
    canceledAt: row.canceledAt,
    endedAt: row.endedAt,
    pause: row.pauseKind && { kind: row.pauseKind, from: row.pauseFrom, resumesAt: row.pauseResumesAt },
    pendingChange: openChange && viewChange(openChange),
    access: decideAccess({ ...row, graceDays: record.graceDays, afterGrace: record.afterGrace }, now),
    metadata: row.metadata,
  }
}

const viewBinding = ({
  id,
  provider,
  providerKind,
  externalSubscriptionId,
  role,
  engine,
}: BindingRecord): BindingView => ({
  id,
  provider,
  providerKind,
  externalSubscriptionId,
  role,
  engine,
})

const viewItem = (item: SubscriptionRecord['items'][number]): SubscriptionItemView => ({
  id: item.id,
  priceId: item.priceId,
  priceKey: item.priceKey,
  externalItemId: item.externalItemId,
  externalPriceId: item.externalPriceId,
  quantity: item.quantity,
})

const viewChange = (change: NonNullable<SubscriptionRecord['openChange']>): SubscriptionChangeView => ({
  id: change.id,
  outcome: change.outcome,
  toPriceId: change.toPriceId,
  toQuantity: change.toQuantity,
  approvalUrl: change.approvalUrl,
  expiresAt: change.expiresAt,
  effectiveAt: change.effectiveAt,
})
