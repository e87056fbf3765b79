import { minorOf } from './amounts.ts'
import { invalidField, invalidQuery, unprocessable } from './api-error.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { Approval, HeldSubscription } from './objects.ts'
import { pageOf } from './pages.ts'
import { patchSubscription } from './patch-subscription.ts'
import { readBody } from './read-body.ts'
import { renderSubscription, type SubscriptionField } from './render-subscription.ts'
import { reviseSubscription } from './revise.ts'
import type { ApiResult, Route } from './route.ts'
import { type ApplicationContext, reasonBody, subscriptionBody } from './schemas.ts'
import { cancel, resume, suspend } from './state-changes.ts'
import { copyTerms } from './terms.ts'
import { captureBalance, listTransactions } from './transactions.ts'

const approvalSeconds = 3 * 3600

const path = '/v1/billing/subscriptions'

export const subscriptionRoutes: readonly Route[] = [
  {
    method: 'POST',
    path,
    requestIdHours: 72,
    answer: (context, { body, wantsRepresentation }) => createSubscription(context, body, wantsRepresentation),
  },
  {
    method: 'GET',
    path,
    query: [
      ...['page_size', 'page', 'plan_ids', 'statuses', 'created_after', 'created_before'],
      ...['status_updated_before', 'status_updated_after'],
    ],
    answer: (context, { query }) => listSubscriptions(context, query),
  },
  {
    method: 'GET',
    path: `${path}/:id`,
    query: ['fields'],
    answer: (context, { ids, query }) => ({
      status: 200,
      body: renderSubscription(context, subscriptionNamed(context, ids), readFields(query.get('fields'))),
    }),
  },
  {
    method: 'PATCH',
    path: `${path}/:id`,
    answer: (context, { ids, body }) => patchSubscription(context, subscriptionNamed(context, ids), body),
  },
  {
    method: 'POST',
    path: `${path}/:id/revise`,
    answer: (context, { ids, body }) => reviseSubscription(context, subscriptionNamed(context, ids), body),
  },
  {
    method: 'POST',
    path: `${path}/:id/suspend`,
    answer: (context, { ids, body }) => suspend(context, subscriptionNamed(context, ids), readReason(body)),
  },
  {
    method: 'POST',
    path: `${path}/:id/activate`,
    answer: (context, { ids, body }) => {
      const { reason = null } = readBody(reasonBody.partial(), body ?? {})
      return resume(context, subscriptionNamed(context, ids), reason)
    },
  },
  {
    method: 'POST',
    path: `${path}/:id/cancel`,
    answer: (context, { ids, body }) => cancel(context, subscriptionNamed(context, ids), readReason(body)),
  },
  {
    method: 'POST',
    path: `${path}/:id/capture`,
    requestIdHours: 72,
    answer: (context, { ids, body }) => captureBalance(context, subscriptionNamed(context, ids), body),
  },
  {
    method: 'GET',
    path: `${path}/:id/transactions`,
    query: ['start_time', 'end_time', 'page', 'page_size'],
    answer: (context, { ids, query }) => listTransactions(context, subscriptionNamed(context, ids), query),
  },
]

function subscriptionNamed(context: EmulatorContext, { id = '' }: Record<string, string>): HeldSubscription {
  return demand(context.state.subscriptions, id)
}

const readReason = (body: unknown) => readBody(reasonBody, body).reason

function createSubscription(context: EmulatorContext, body: unknown, wantsRepresentation: boolean): ApiResult {
  const wanted = readBody(subscriptionBody, body)
  const plan = demand(context.state.plans, wanted.plan_id)
  if (plan.status !== 'ACTIVE') throw unprocessable('PLAN_STATUS_INVALID', `The plan is ${plan.status}.`)
  const { quantity, start_time, shipping_amount } = wanted
  if (quantity !== undefined && !plan.quantitySupported) throw unprocessable('SUBSCRIPTION_CANNOT_HAVE_QUANTITY')
  if (quantity !== undefined && Number(quantity) <= 0)
    throw invalidField('/quantity', 'INVALID_PARAMETER_VALUE', quantity)
  if (shipping_amount) minorOf(shipping_amount, '/shipping_amount')
  const now = context.clock.seconds()
  const startAt = start_time === undefined ? now : Math.floor(Date.parse(start_time) / 1000)
  if (start_time !== undefined && startAt <= now)
    throw invalidField('/start_time', 'INVALID_PARAMETER_VALUE', start_time)
  const subscription: HeldSubscription = {
    id: context.ids.next('I-', 12),
    planId: plan.id,
    status: 'APPROVAL_PENDING',
    statusNote: null,
    statusUpdatedAt: now,
    createdAt: now,
    updatedAt: now,
    startAt,
    quantity: quantity ?? '1',
    customId: wanted.custom_id ?? null,
    subscriber: wanted.subscriber ?? {},
    payerId: null,
    shipping: shipping_amount ?? null,
    terms: copyTerms(plan.terms, wanted.plan, now),
    isOverridden: wanted.plan !== undefined,
    funding: 'pays',
    source: 'paypal',
    approval: newApproval(context, wanted.application_context ?? null),
    revision: null,
    billing: null,
  }
  context.state.subscriptions.set(subscription.id, subscription)
  const rendered = renderSubscription(context, subscription)
  context.emit('BILLING.SUBSCRIPTION.CREATED', rendered)
  const { id, status, create_time, links } = rendered
  return { status: 201, body: wantsRepresentation ? rendered : { status, id, create_time, links } }
}

export function newApproval({ ids, clock }: EmulatorContext, context: ApplicationContext | null): Approval {
  return {
    baToken: ids.next('BA-', 17),
    token: ids.next('', 17),
    endsAt: clock.seconds() + approvalSeconds,
    context,
  }
}

function readFields(given: string | null): SubscriptionField[] {
  return (given?.split(',') ?? []).map((field) => {
    if (field === 'plan' || field === 'last_failed_payment') return field
    throw invalidQuery('fields', 'INVALID_PARAMETER_VALUE', field)
  })
}

/** Newest first. */
function listSubscriptions(context: EmulatorContext, query: URLSearchParams): ApiResult {
  const plans = query.get('plan_ids')?.split(',')
  const statuses = query.get('statuses')?.split(',')
  const isWithin = (at: number, name: string) => {
    const [after, before] = [query.get(`${name}_after`), query.get(`${name}_before`)]
    return (after === null || at * 1000 >= Date.parse(after)) && (before === null || at * 1000 <= Date.parse(before))
  }
  const found = [...context.state.subscriptions.values()]
    .filter(({ planId }) => plans?.includes(planId) ?? true)
    .filter(({ status }) => statuses?.includes(status) ?? true)
    .filter((one) => isWithin(one.createdAt, 'created') && isWithin(one.statusUpdatedAt, 'status_updated'))
    .reverse()
  const { items, rest } = pageOf(context, found, query, path)
  return {
    status: 200,
    body: { subscriptions: items.map((subscription) => renderSubscription(context, subscription)), ...rest },
  }
}
