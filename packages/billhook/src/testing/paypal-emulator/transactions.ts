import { minorOf } from './amounts.ts'
import { invalidQuery, unprocessable } from './api-error.ts'
import { reduceDebt, shareOfTax, takePayment } from './collect.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { HeldSubscription } from './objects.ts'
import { pageOf } from './pages.ts'
import { readBody } from './read-body.ts'
import { renderSubscription } from './render-subscription.ts'
import type { ApiResult } from './route.ts'
import { renderTransaction } from './sales.ts'
import { captureBody, timePattern } from './schemas.ts'

/** Within a window that has to be given, newest first, declined ones too. A new one may not be there yet. */
export function listTransactions(
  context: EmulatorContext,
  subscription: HeldSubscription,
  query: URLSearchParams,
): ApiResult {
  const [start, end] = [timeOf(query, 'start_time'), timeOf(query, 'end_time')]
  if (end < start) throw invalidQuery('end_time', 'INVALID_PARAMETER_VALUE', query.get('end_time') ?? '')
  const visibleUntil = context.clock.now().getTime() - context.oddities.transactionsLagMs
  const found = [...context.state.sales.values()]
    .filter(({ subscriptionId }) => subscriptionId === subscription.id)
    .filter(({ at }) => at * 1000 >= start && at * 1000 <= end && at * 1000 <= visibleUntil)
    .reverse()
  const totals = new URLSearchParams([...query, ['total_required', 'true']])
  const { items, rest } = pageOf(context, found, totals, `/v1/billing/subscriptions/${subscription.id}/transactions`)
  return { status: 200, body: { transactions: items.map((sale) => renderTransaction(context, sale)), ...rest } }
}

function timeOf(query: URLSearchParams, name: string): number {
  const given = query.get(name)
  if (given === null) throw invalidQuery(name, 'MISSING_REQUIRED_PARAMETER')
  if (!timePattern.test(given)) throw invalidQuery(name, 'INVALID_PARAMETER_SYNTAX', given)
  return Date.parse(given)
}

/** Takes debt now; nothing else can be taken this way. */
export function captureBalance(context: EmulatorContext, subscription: HeldSubscription, body: unknown): ApiResult {
  const { amount } = readBody(captureBody, body)
  const { billing, status, terms } = subscription
  if (!billing || !['ACTIVE', 'SUSPENDED', 'EXPIRED'].includes(status)) {
    throw unprocessable('SUBSCRIPTION_STATUS_INVALID', `The subscription is ${status}.`)
  }
  if (amount.currency_code !== terms.currency) throw unprocessable('CURRENCY_MISMATCH')
  const minor = minorOf(amount, '/amount')
  if (billing.outstanding === 0) throw unprocessable('ZERO_OUTSTANDING_BALANCE')
  if (minor > billing.outstanding) throw unprocessable('AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE')
  const tax = shareOfTax(billing, minor)
  if (takePayment(context, subscription, billing, { total: minor, tax, shipping: 0 })) {
    reduceDebt(billing, minor)
    if (billing.outstanding === 0) billing.failures = 0
  } else {
    const told = renderSubscription(context, subscription, ['last_failed_payment'])
    context.emit('BILLING.SUBSCRIPTION.PAYMENT.FAILED', told)
  }
  const sale = [...context.state.sales.values()].at(-1)
  return { status: 200, ...(sale && { body: renderTransaction(context, sale) }) }
}
