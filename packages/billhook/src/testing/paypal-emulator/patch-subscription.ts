import { z } from 'zod'
import { type Money, minorOf } from './amounts.ts'
import { invalidField, unprocessable } from './api-error.ts'
import { reduceDebt } from './collect.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { Billing, HeldCycle, HeldSubscription } from './objects.ts'
import { applyPatches, type PatchTable } from './patch.ts'
import { readBody } from './read-body.ts'
import { renderSubscription } from './render-subscription.ts'
import { type ApiResult, done } from './route.ts'
import { showNext } from './schedule.ts'
import { money, patchBody, pricingScheme, shippingAddress, timePattern } from './schemas.ts'
import { addScheme } from './terms.ts'

type Table = PatchTable<HeldSubscription>

/** What a subscription that runs or is suspended may have changed; all of it or, where one thing does not fit, nothing. */
export function patchSubscription(context: EmulatorContext, subscription: HeldSubscription, body: unknown): ApiResult {
  const operations = readBody(patchBody, body)
  if (subscription.status !== 'ACTIVE' && subscription.status !== 'SUSPENDED') {
    throw unprocessable('SUBSCRIPTION_STATUS_INVALID', `The subscription is ${subscription.status}.`)
  }
  const draft = structuredClone(subscription)
  applyPatches(draft, operations, patchTable(draft, context.clock.seconds()))
  draft.updatedAt = context.clock.seconds()
  if (operations.some(({ path }) => path.startsWith('/plan/'))) draft.isOverridden = true
  Object.assign(subscription, draft)
  context.emit('BILLING.SUBSCRIPTION.UPDATED', renderSubscription(context, subscription))
  return done
}

function patchTable(draft: HeldSubscription, now: number): Table {
  return {
    ...ownFields(now),
    ...planFields,
    ...Object.fromEntries(draft.terms.cycles.flatMap((cycle) => Object.entries(cycleFields(cycle, now)))),
  }
}

function ownFields(now: number): Table {
  return {
    '/custom_id': {
      ops: ['add', 'replace'],
      value: z.string().min(1).max(127),
      set: (draft, value) => Object.assign(draft, { customId: value }),
    },
    '/shipping_amount': {
      ops: ['add', 'replace'],
      value: money,
      set: (draft, value) => Object.assign(draft, { shipping: value }),
    },
    '/subscriber/shipping_address': {
      ops: ['add', 'replace'],
      value: shippingAddress,
      set: ({ subscriber }, value) => Object.assign(subscriber, { shipping_address: value }),
    },
    '/start_time': {
      ops: ['replace'],
      value: z.string().regex(timePattern),
      set: (draft, value) => moveStart(draft, String(value), now),
    },
    '/billing_info/outstanding_balance': {
      ops: ['replace'],
      value: money,
      set: ({ billing, terms }, value) => forgive(billing, money.parse(value), terms.currency),
    },
  }
}

function moveStart(draft: HeldSubscription, value: string, now: number): void {
  const startAt = Math.floor(Date.parse(value) / 1000)
  if (draft.startAt <= now) throw unprocessable('INVALID_START_TIME')
  if (startAt <= now) throw invalidField('/start_time', 'INVALID_PARAMETER_VALUE', value)
  draft.startAt = startAt
  if (!draft.billing) return
  draft.billing.anchor = startAt
  showNext(draft, draft.billing)
}

/** Debt is only ever made smaller. */
function forgive(billing: Billing | null, balance: Money, currency: string): void {
  if (balance.currency_code !== currency) throw unprocessable('CURRENCY_MISMATCH')
  const left = minorOf(balance, '/billing_info/outstanding_balance')
  const owed = billing?.outstanding ?? 0
  if (left > owed) throw unprocessable('AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE')
  if (billing) reduceDebt(billing, owed - left)
}

const planFields: Table = {
  '/plan/payment_preferences/auto_bill_outstanding': {
    ops: ['replace'],
    value: z.boolean(),
    set: ({ terms }, value) => Object.assign(terms.preferences, { auto_bill_outstanding: value }),
  },
  '/plan/payment_preferences/payment_failure_threshold': {
    ops: ['replace'],
    value: z.int().min(0).max(999),
    set: ({ terms }, value) => Object.assign(terms.preferences, { payment_failure_threshold: value }),
  },
  '/plan/taxes/inclusive': {
    ops: ['add', 'replace'],
    value: z.boolean(),
    set: ({ terms }, inclusive) => Object.assign(terms, { taxes: { percentage: '0', ...terms.taxes, inclusive } }),
  },
  '/plan/taxes/percentage': {
    ops: ['add', 'replace'],
    value: z.string().regex(/^\d+(\.\d+)?$/),
    set: ({ terms }, percentage) => Object.assign(terms, { taxes: { inclusive: true, ...terms.taxes, percentage } }),
  },
}

function cycleFields(cycle: HeldCycle, now: number): Table {
  const path = `/plan/billing_cycles/@sequence==${cycle.sequence}`
  const setPrice = (draft: HeldSubscription, scheme: unknown) => {
    demandOpen(draft, cycle)
    addScheme(draft.terms, cycle, pricingScheme.parse(scheme), { now, source: draft.source })
  }
  return {
    [`${path}/pricing_scheme/fixed_price`]: {
      ops: ['add', 'replace'],
      value: money,
      set: (draft, value) => setPrice(draft, { fixed_price: value }),
    },
    [`${path}/pricing_scheme/tiers`]: {
      ops: ['replace'],
      value: z.array(z.unknown()).min(1),
      set: (draft, tiers) =>
        setPrice(draft, { pricing_model: cycle.schemes.at(-1)?.scheme.pricing_model ?? 'TIERED', tiers }),
    },
    [`${path}/total_cycles`]: {
      ops: ['replace'],
      value: z.int().min(0).max(999),
      set: (draft, value) => setTotal(draft, cycle, Number(value)),
    },
  }
}

function demandOpen({ billing }: HeldSubscription, { total, sequence }: HeldCycle): void {
  const completed = billing?.completed[sequence] ?? 0
  if (total > 0 && completed >= total) throw unprocessable('BILLING_CYCLE_EXECUTION_COMPLETED')
}

function setTotal(draft: HeldSubscription, cycle: HeldCycle, total: number): void {
  demandOpen(draft, cycle)
  const completed = draft.billing?.completed[cycle.sequence] ?? 0
  if (total > 0 && total < completed) throw unprocessable('INVALID_BILLING_TOTAL_CYCLES')
  cycle.total = total
  if (draft.billing && !draft.billing.owed) showNext(draft, draft.billing)
}
