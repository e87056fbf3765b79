import { missingParameter } from './api-error.ts'
import { totalsOf } from './bill-totals.ts'
import { periodEndOf } from './create-subscription.ts'
import { demand, type EmulatorContext, listOf } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { amountsOf, blankInvoice } from './invoice-lifecycle.ts'
import { periodLine } from './invoice-lines.ts'
import { planItemChange } from './item-change.ts'
import type { Invoice, InvoiceLine, Subscription } from './objects.ts'
import type { Route } from './route.ts'

/** The invoice that a change would make, computed by the same code that makes it; nothing is stored. */
function previewInvoice(context: EmulatorContext, params: FormReader): Invoice {
  const id = params.text('subscription')
  if (id === null) throw missingParameter('subscription')
  const subscription = demand(context.state.subscriptions, 'subscription', id, 'subscription', 'parameter')
  const lines = structuredClone(linesOf(context, subscription, params))
  const customer = context.state.customers.get(subscription.customer) ?? null
  const totals = totalsOf(context, subscription, lines)
  const details = params.hash('subscription_details')
  const blank = blankInvoice(context, subscription, customer)
  const now = context.clock.seconds()
  return {
    ...blank,
    ...totals,
    ...amountsOf(totals.total, customer?.balance ?? 0),
    ...{
      id: 'upcoming_in_emulator',
      auto_advance: false,
      automatically_finalizes_at: null,
      billing_reason: 'upcoming',
    },
    lines: listOf(lines, '/v1/invoices/upcoming/lines'),
    ...{ period_end: now, period_start: now },
    parent: {
      ...blank.parent,
      subscription_details: {
        ...blank.parent.subscription_details,
        subscription_proration_date: details?.integer('proration_date') ?? now,
      },
    },
  }
}

function linesOf(context: EmulatorContext, subscription: Subscription, params: FormReader): InvoiceLine[] {
  const details = params.hash('subscription_details')
  const behavior = details?.text('proration_behavior') ?? 'create_prorations'
  const planned = planItemChange(context, subscription, details?.hashes('items') ?? [], {
    prorates: behavior !== 'none',
    at: details?.integer('proration_date') ?? context.clock.seconds(),
    restartsCycle: details?.hash('billing_cycle_anchor')?.text('type') === 'now',
  })
  const waiting = context.state.pendingLines.get(subscription.id) ?? []
  const own = [...waiting, ...planned.prorations, ...planned.periodLines]
  const anchor = planned.restartsCycle ? context.clock.seconds() : subscription.billing_cycle_anchor
  const next = planned.items.map((item) => {
    const start = item.current_period_end
    const end = periodEndOf(item.price, anchor, start)
    return periodLine(context, subscription, { ...item, current_period_start: start, current_period_end: end })
  })
  if (params.oneOf('preview_mode', ['next', 'recurring'] as const) === 'recurring') return next
  return planned.restartsCycle || behavior === 'always_invoice' ? own : [...own, ...next]
}

export const previewRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/invoices/create_preview',
    allowed: [
      ...['customer', 'preview_mode', 'subscription', 'subscription_details.billing_cycle_anchor.type'],
      ...[
        'subscription_details.items.#.id',
        'subscription_details.items.#.price',
        'subscription_details.items.#.quantity',
      ],
      ...['subscription_details.items.#.deleted', 'subscription_details.proration_behavior'],
      'subscription_details.proration_date',
    ],
    answer: previewInvoice,
  },
]
