import { z } from 'zod'
import { notFound, unprocessable } from './api-error.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { HeldPlan } from './objects.ts'
import { pageOf, pageParameters } from './pages.ts'
import { applyPatches, type PatchTable } from './patch.ts'
import { checkPlan } from './plan-rules.ts'
import { readBody } from './read-body.ts'
import { planLinks, renderPlan } from './render-catalog.ts'
import { type ApiResult, done, type Route } from './route.ts'
import { money, patchBody, planBody, pricingBody } from './schemas.ts'
import { addScheme, cycleOf, termsOf } from './terms.ts'

export const planRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/billing/plans',
    requestIdHours: 72,
    answer: (context, { body, wantsRepresentation }) => createPlan(context, body, wantsRepresentation),
  },
  {
    method: 'GET',
    path: '/v1/billing/plans',
    query: [...pageParameters, 'product_id', 'plan_ids'],
    answer: (context, { query }) => listPlans(context, query),
  },
  {
    method: 'GET',
    path: '/v1/billing/plans/:id',
    answer: (context, { ids }) => ({ status: 200, body: renderPlan(context, planNamed(context, ids)) }),
  },
  {
    method: 'PATCH',
    path: '/v1/billing/plans/:id',
    answer: (context, { ids, body }) => patchPlan(context, planNamed(context, ids), body),
  },
  {
    method: 'POST',
    path: '/v1/billing/plans/:id/activate',
    answer: (context, { ids }) => turnPlan(context, planNamed(context, ids), 'ACTIVE'),
  },
  {
    method: 'POST',
    path: '/v1/billing/plans/:id/deactivate',
    answer: (context, { ids }) => turnPlan(context, planNamed(context, ids), 'INACTIVE'),
  },
  {
    method: 'POST',
    path: '/v1/billing/plans/:id/update-pricing-schemes',
    answer: (context, { ids, body }) => changePrices(context, planNamed(context, ids), body),
  },
]

function planNamed(context: EmulatorContext, { id = '' }: Record<string, string>): HeldPlan {
  return demand(context.state.plans, id)
}

function createPlan(context: EmulatorContext, body: unknown, wantsRepresentation: boolean): ApiResult {
  const wanted = readBody(planBody, body)
  demand(context.state.products, wanted.product_id, notFound)
  const currency = checkPlan(wanted)
  const now = context.clock.seconds()
  const plan: HeldPlan = {
    id: context.ids.next('P-', 24),
    productId: wanted.product_id,
    name: wanted.name,
    ...(wanted.description !== undefined && { description: wanted.description }),
    status: wanted.status,
    quantitySupported: wanted.quantity_supported,
    terms: termsOf(wanted, currency, now),
    createdAt: now,
    updatedAt: now,
  }
  context.state.plans.set(plan.id, plan)
  const rendered = renderPlan(context, plan)
  context.emit('BILLING.PLAN.CREATED', rendered)
  return { status: 201, body: wantsRepresentation ? rendered : summaryOf(context, plan) }
}

function summaryOf(context: EmulatorContext, plan: HeldPlan): Record<string, unknown> {
  const { id, product_id, name, status, description, create_time } = renderPlan(context, plan)
  const links = planLinks(context, plan)
  return { id, product_id, name, status, ...(description !== undefined && { description }), create_time, links }
}

function listPlans(context: EmulatorContext, query: URLSearchParams): ApiResult {
  const product = query.get('product_id')
  const ids = query.get('plan_ids')?.split(',')
  const found = [...context.state.plans.values()].filter(
    (plan) => (product === null || plan.productId === product) && (ids === undefined || ids.includes(plan.id)),
  )
  const { items, rest } = pageOf(context, found, query, '/v1/billing/plans')
  return { status: 200, body: { plans: items.map((plan) => summaryOf(context, plan)), ...rest } }
}

const text = z.string().min(1).max(127)
const patchable: PatchTable<HeldPlan> = {
  '/name': { ops: ['replace'], value: text, set: (plan, value) => Object.assign(plan, { name: value }) },
  '/description': { ops: ['replace'], value: text, set: (plan, value) => Object.assign(plan, { description: value }) },
  '/payment_preferences/auto_bill_outstanding': preference('auto_bill_outstanding', z.boolean()),
  '/payment_preferences/payment_failure_threshold': preference('payment_failure_threshold', z.int().min(0).max(999)),
  '/payment_preferences/setup_fee': preference('setup_fee', money),
  '/payment_preferences/setup_fee_failure_action': preference(
    'setup_fee_failure_action',
    z.enum(['CONTINUE', 'CANCEL']),
  ),
  '/taxes/percentage': {
    ops: ['replace'],
    value: z.string().regex(/^\d+(\.\d+)?$/),
    set: ({ terms }, percentage) => Object.assign(terms, { taxes: { inclusive: true, ...terms.taxes, percentage } }),
  },
}

function preference(name: string, value: z.ZodType): PatchTable<HeldPlan>[string] {
  return { ops: ['replace'], value, set: ({ terms }, given) => Object.assign(terms.preferences, { [name]: given }) }
}

function patchPlan(context: EmulatorContext, plan: HeldPlan, body: unknown): ApiResult {
  const operations = readBody(patchBody, body)
  if (plan.status === 'INACTIVE') throw unprocessable('PLAN_STATUS_INACTIVE')
  applyPatches(plan, operations, patchable)
  plan.updatedAt = context.clock.seconds()
  context.emit('BILLING.PLAN.UPDATED', renderPlan(context, plan))
  return done
}

function turnPlan(context: EmulatorContext, plan: HeldPlan, status: 'ACTIVE' | 'INACTIVE'): ApiResult {
  const isFit = status === 'ACTIVE' ? plan.status !== 'ACTIVE' : plan.status === 'ACTIVE'
  if (!isFit) throw unprocessable('PLAN_STATUS_INVALID', `The plan is ${plan.status}.`)
  plan.status = status
  plan.updatedAt = context.clock.seconds()
  context.emit(`BILLING.PLAN.${status === 'ACTIVE' ? 'ACTIVATED' : 'DEACTIVATED'}`, renderPlan(context, plan))
  return done
}

/** New prices for the plan and for everyone on it who has no terms of their own. */
function changePrices(context: EmulatorContext, plan: HeldPlan, body: unknown): ApiResult {
  const { pricing_schemes } = readBody(pricingBody, body)
  const now = context.clock.seconds()
  const terms = structuredClone(plan.terms)
  for (const { billing_cycle_sequence, pricing_scheme } of pricing_schemes) {
    addScheme(terms, cycleOf(terms, billing_cycle_sequence), pricing_scheme, { now, source: null })
  }
  plan.terms = terms
  for (const subscription of context.state.subscriptions.values()) {
    if (subscription.planId !== plan.id || subscription.isOverridden) continue
    for (const { billing_cycle_sequence, pricing_scheme } of pricing_schemes) {
      const cycle = subscription.terms.cycles.find(({ sequence }) => sequence === billing_cycle_sequence)
      if (cycle) addScheme(subscription.terms, cycle, pricing_scheme, { now, source: subscription.source })
    }
  }
  plan.updatedAt = now
  context.emit('BILLING.PLAN.PRICING-CHANGE.ACTIVATED', renderPlan(context, plan))
  return done
}
