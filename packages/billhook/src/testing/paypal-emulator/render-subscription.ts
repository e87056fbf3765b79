import { minorOf, shortMoneyOf } from './amounts.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { Billing, HeldCycle, HeldSubscription } from './objects.ts'
import { type Link, linkTo, renderTerms } from './render-catalog.ts'
import { intervalOf } from './schedule.ts'
import { billingTimeOf, intervalsAfter, isoOf } from './times.ts'

export type SubscriptionField = 'last_failed_payment' | 'plan'

/** A subscription as the API writes it; the plan and the last failed payment only where they are asked for. */
export function renderSubscription(
  context: EmulatorContext,
  subscription: HeldSubscription,
  fields: readonly SubscriptionField[] = [],
): Record<string, unknown> {
  const { id, planId, status, quantity, shipping, customId, isOverridden, statusNote } = subscription
  return {
    status,
    ...(statusNote !== null && { status_change_note: statusNote }),
    status_update_time: isoOf(subscription.statusUpdatedAt),
    id,
    plan_id: planId,
    start_time: isoOf(subscription.startAt),
    quantity,
    shipping_amount: shipping
      ? shortMoneyOf(minorOf(shipping, ''), shipping.currency_code)
      : shortMoneyOf(0, subscription.terms.currency),
    subscriber: renderSubscriber(subscription),
    ...(subscription.billing && { billing_info: renderBilling(subscription, subscription.billing, fields) }),
    create_time: isoOf(subscription.createdAt),
    update_time: isoOf(subscription.updatedAt),
    ...(customId !== null && { custom_id: customId }),
    plan_overridden: isOverridden,
    ...(fields.includes('plan') && { plan: renderInlinePlan(context, subscription) }),
    links: subscriptionLinks(context, subscription),
  }
}

function renderSubscriber({ subscriber, payerId, source }: HeldSubscription): Record<string, unknown> {
  return {
    ...subscriber,
    ...(payerId !== null && { payer_id: payerId }),
    ...(source === 'card' && { payment_source: { card: { last_digits: '1111', brand: 'VISA', type: 'CREDIT' } } }),
  }
}

function renderInlinePlan(context: EmulatorContext, { planId, terms }: HeldSubscription): Record<string, unknown> {
  const plan = context.state.plans.get(planId)
  return {
    ...(plan && { product_id: plan.productId, name: plan.name }),
    ...(plan?.description !== undefined && { description: plan.description }),
    ...renderTerms(terms),
    ...(plan && { quantity_supported: plan.quantitySupported }),
  }
}

function renderBilling(
  { terms }: HeldSubscription,
  billing: Billing,
  fields: readonly SubscriptionField[],
): Record<string, unknown> {
  const { lastPayment, lastFailure, nextAt, retryAt } = billing
  const money = (minor: number) => shortMoneyOf(minor, terms.currency)
  const finalAt = finalPaymentOf(billing, terms.cycles)
  return {
    outstanding_balance: money(billing.outstanding),
    cycle_executions: terms.cycles.map((cycle) => renderExecution(billing, cycle)),
    ...(lastPayment && { last_payment: { amount: money(lastPayment.amount), time: isoOf(lastPayment.at) } }),
    ...(nextAt !== null && { next_billing_time: isoOf(nextAt) }),
    ...(nextAt !== null && finalAt !== null && { final_payment_time: isoOf(finalAt) }),
    failed_payments_count: billing.failures,
    ...(lastFailure &&
      fields.includes('last_failed_payment') && {
        last_failed_payment: {
          amount: money(lastFailure.amount),
          time: isoOf(lastFailure.at),
          reason_code: 'PAYER_CANNOT_PAY',
          ...(retryAt !== null && { next_payment_retry_time: isoOf(retryAt) }),
        },
      }),
  }
}

function renderExecution(
  { completed }: Billing,
  { tenure, sequence, total, schemes }: HeldCycle,
): Record<string, unknown> {
  const count = completed[sequence] ?? 0
  return {
    tenure_type: tenure,
    sequence,
    cycles_completed: count,
    cycles_remaining: total === 0 ? 0 : Math.max(0, total - count),
    current_pricing_scheme_version: schemes.at(-1)?.version ?? 1,
    total_cycles: total,
  }
}

/** When the last cycle of a subscription with an end is charged. */
function finalPaymentOf({ position, anchor }: Billing, cycles: readonly HeldCycle[]): number | null {
  let start = anchor
  for (const cycle of cycles.slice(position)) {
    if (cycle.tenure === 'REGULAR' && cycle.total === 0) return null
    const { unit, count } = intervalOf(cycle)
    const rest = cycle.tenure === 'REGULAR' ? cycle.total - 1 : cycle.total
    start = intervalsAfter(start, unit, rest * count)
  }
  return billingTimeOf(start)
}

const actions: Record<string, ReadonlyArray<[rel: string, method: string]>> = {
  APPROVED: [['activate', 'POST']],
  ACTIVE: [
    ['cancel', 'POST'],
    ['suspend', 'POST'],
    ['capture', 'POST'],
  ],
  SUSPENDED: [
    ['cancel', 'POST'],
    ['activate', 'POST'],
    ['capture', 'POST'],
  ],
}

export function subscriptionLinks(context: EmulatorContext, { id, status, approval }: HeldSubscription): Link[] {
  const path = `/v1/billing/subscriptions/${id}`
  const approve = `/webapps/billing/subscriptions?ba_token=${approval.baToken}`
  return [
    ...(status === 'APPROVAL_PENDING' ? [linkTo(context, approve, 'approve')] : []),
    linkTo(context, path, 'edit', 'PATCH'),
    linkTo(context, path),
    ...(actions[status] ?? []).map(([rel, method]) => linkTo(context, `${path}/${rel}`, rel, method)),
  ]
}
