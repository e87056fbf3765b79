import { invalidRequest } from './api-error.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import type { Subscription } from './objects.ts'

/** `cancel_at_period_end` and `cancel_at`: two fields for one end, never both in one request. */
export function scheduleEnd(context: EmulatorContext, subscription: Subscription, params: FormReader): void {
  readDetails(subscription, params)
  const atPeriodEnd = params.boolean('cancel_at_period_end')
  if (atPeriodEnd !== null && params.has('cancel_at')) {
    throw invalidRequest('You may only specify one of these parameters: cancel_at, cancel_at_period_end.', {
      code: 'parameters_exclusive',
      param: 'cancel_at',
    })
  }
  const given = params.text('cancel_at')
  if (atPeriodEnd === true) setEnd(context, subscription, firstPeriodEnd(subscription), true)
  else if (params.clears('cancel_at')) clearEnd(subscription)
  // An end set by `cancel_at` is not taken back by `cancel_at_period_end: false`, which it never was.
  else if (atPeriodEnd === false && subscription.cancel_at_period_end) clearEnd(subscription)
  else if (given !== null) setEnd(context, subscription, endOf(context, subscription, params, given), false)
}

/** With items of several intervals the period ends with the earliest. */
export function firstPeriodEnd(subscription: Subscription): number {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end))
}

function endOf(context: EmulatorContext, subscription: Subscription, params: FormReader, given: string): number {
  const last = Math.max(...subscription.items.data.map((item) => item.current_period_end))
  const named: Record<string, number> = {
    min_period_end: firstPeriodEnd(subscription),
    max_period_end: last,
    max_billed_until: last,
  }
  const end = named[given] ?? params.integer('cancel_at') ?? 0
  if (end > context.clock.seconds()) return end
  throw invalidRequest('`cancel_at` must be a future timestamp.', { param: 'cancel_at' })
}

function setEnd(context: EmulatorContext, subscription: Subscription, end: number, isPeriodEnd: boolean): void {
  subscription.cancel_at = end
  subscription.cancel_at_period_end = isPeriodEnd
  subscription.canceled_at ??= context.clock.seconds()
  subscription.cancellation_details.reason = 'cancellation_requested'
}

function clearEnd(subscription: Subscription): void {
  subscription.cancel_at = null
  subscription.cancel_at_period_end = false
  subscription.canceled_at = null
  subscription.cancellation_details = { comment: null, feedback: null, reason: null }
}

/** What the customer said about leaving; an empty value clears it. */
export function readDetails(subscription: Subscription, params: FormReader): void {
  const details = params.hash('cancellation_details')
  if (!details) return
  for (const field of ['comment', 'feedback'] as const) {
    if (details.has(field)) subscription.cancellation_details[field] = details.text(field)
  }
}
