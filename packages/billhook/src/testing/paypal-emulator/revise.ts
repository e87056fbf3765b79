import { minorOf } from './amounts.ts'
import { invalidField, unprocessable } from './api-error.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { Billing, HeldPlan, HeldSubscription, Revision, Terms } from './objects.ts'
import { readBody } from './read-body.ts'
import { linkTo } from './render-catalog.ts'
import { renderSubscription, subscriptionLinks } from './render-subscription.ts'
import type { ApiResult } from './route.ts'
import { nextBoundary } from './schedule.ts'
import { revisionBody } from './schemas.ts'
import { newApproval } from './subscriptions.ts'
import { copyTerms } from './terms.ts'

/** Another plan, quantity or shipping, from the next cycle on. A wallet's owner has to agree first; until then nothing changes. */
export function reviseSubscription(context: EmulatorContext, subscription: HeldSubscription, body: unknown): ApiResult {
  const wanted = readBody(revisionBody, body)
  if (subscription.status !== 'ACTIVE' && subscription.status !== 'SUSPENDED') {
    throw unprocessable('SUBSCRIPTION_STATUS_INVALID', `The subscription is ${subscription.status}.`)
  }
  const old = demand(context.state.plans, subscription.planId)
  const plan = demand(context.state.plans, wanted.plan_id ?? subscription.planId)
  checkPlans(old, plan, wanted.quantity)
  if (wanted.shipping_amount) minorOf(wanted.shipping_amount, '/shipping_amount')
  const now = context.clock.seconds()
  const revision: Revision = {
    ...newApproval(context, wanted.application_context ?? null),
    planId: plan.id,
    quantity: wanted.quantity ?? (plan.quantitySupported ? subscription.quantity : '1'),
    shipping: wanted.shipping_amount ?? subscription.shipping,
    terms: copyTerms(plan.terms, wanted.plan, now),
    isOverridden: wanted.plan !== undefined,
  }
  subscription.revision = revision
  const needsConsent = subscription.source === 'paypal'
  if (!needsConsent) takeRevision(context, subscription)
  return {
    status: 200,
    body: {
      plan_id: plan.id,
      ...(wanted.quantity !== undefined && { quantity: wanted.quantity }),
      ...(wanted.shipping_amount && { shipping_amount: wanted.shipping_amount }),
      plan_overridden: revision.isOverridden,
      links: [
        ...(needsConsent
          ? [linkTo(context, `/webapps/billing/subscriptions/update?ba_token=${revision.baToken}`, 'approve')]
          : []),
        ...subscriptionLinks(context, subscription),
      ],
    },
  }
}

function checkPlans(old: HeldPlan, plan: HeldPlan, quantity: string | undefined): void {
  if (plan.productId !== old.productId) throw unprocessable('PLAN_PRODUCT_NOT_COMPATIBLE')
  if (plan.status !== 'ACTIVE') throw unprocessable('PLAN_STATUS_INVALID')
  if (plan.terms.currency !== old.terms.currency) throw unprocessable('CURRENCY_MISMATCH')
  if (quantity !== undefined && !plan.quantitySupported) throw unprocessable('SUBSCRIPTION_CANNOT_HAVE_QUANTITY')
  if (quantity !== undefined && Number(quantity) <= 0)
    throw invalidField('/quantity', 'INVALID_PARAMETER_VALUE', quantity)
}

/** What was offered holds from the next cycle on; a cycle that is being collected keeps its price. */
export function takeRevision(context: EmulatorContext, subscription: HeldSubscription): void {
  const { revision, billing } = subscription
  if (!revision) return
  const terms = mergeTerms(subscription.terms, revision.terms)
  if (billing) keepDates(subscription, billing, terms)
  Object.assign(subscription, {
    planId: revision.planId,
    quantity: revision.quantity,
    shipping: revision.shipping,
    terms,
    isOverridden: revision.isOverridden,
    revision: null,
    updatedAt: context.clock.seconds(),
  })
  context.emit('BILLING.SUBSCRIPTION.UPDATED', renderSubscription(context, subscription))
}

/** Nobody gets a second trial: only the regular cycle is exchanged. */
function mergeTerms(old: Terms, next: Terms): Terms {
  const regular = next.cycles.at(-1)
  const trials = old.cycles.slice(0, -1)
  const cycles = regular ? [...trials, { ...regular, sequence: trials.length + 1 }] : old.cycles
  return { ...next, cycles }
}

/** Another rhythm is counted from the next charge, so that what was paid for stays as long as it was. */
function keepDates(subscription: HeldSubscription, billing: Billing, terms: Terms): void {
  const isRegular = billing.position === subscription.terms.cycles.length - 1
  const [old, next] = [subscription.terms, terms].map(({ cycles }) => cycles.at(-1)?.frequency)
  if (!isRegular || JSON.stringify(old) === JSON.stringify(next)) return
  billing.anchor = nextBoundary(subscription, billing)
  billing.begun = 0
}
