import { money, multiplyByQuantity, multiplyByRatio, negate } from '../../primitives/index.ts'
import type { ProviderOperation, SubscriptionChangeResult, UpdateSubscriptionInput } from '../operation.ts'
import { paysLaterOn } from './cards.ts'
import { termsOf } from './charges.ts'
import type { SandboxClient } from './client.ts'
import { sandboxError } from './errors.ts'
import { attemptPayment, cycleLines, makeInvoice } from './make-invoice.ts'
import { newId, type SandboxItem, type SandboxLine, type SandboxPrice, type SandboxSubscription } from './objects.ts'
import { restartPeriods } from './renewals.ts'
import type { Draft } from './state.ts'
import { applied, changeResult, getLive } from './subscriptions.ts'

/**
 * Changes prices and quantities now. What the change is worth for the rest of the period is left out (`none`), waits (`next_invoice`) or is
 * invoiced and charged at once (`immediate`): a declined charge throws `payment_declined` and changes nothing. During a trial nothing is
 * prorated. Another interval starts a new period now and invoices it at once, whatever the proration.
 */
export async function updateSubscription(
  client: SandboxClient,
  input: UpdateSubscriptionInput,
  operation: ProviderOperation<'update_subscription'>,
): Promise<SubscriptionChangeResult> {
  const answer = await client.execute(operation, input, async (draft) => {
    const subscription = await getLive(draft, input.externalSubscriptionId)
    await change(draft, subscription, input)
    return applied(subscription)
  })
  return changeResult(client, answer)
}

/** `isPreview`: nothing is collected, so that a card that declines is no reason to show nothing. */
export async function change(
  draft: Draft,
  subscription: SandboxSubscription,
  input: UpdateSubscriptionInput,
  { isPreview = false } = {},
): Promise<void> {
  if (input.proration !== 'none' && !draft.account.hasDocuments)
    throw sandboxError(draft.providerName, 'unsupported', 'Without documents nothing is prorated.')
  const before = subscription.items
  const after = changedItems(draft.providerName, before, input.items)
  if (after.every((item, index) => item.price === before[index]?.price && item.quantity === before[index]?.quantity))
    return
  const { interval, interval_count } = await requireOneInterval(draft, subscription, after)
  const isOtherInterval = interval !== subscription.interval || interval_count !== subscription.interval_count
  const isPaidFor = subscription.status !== 'trialing'
  const at = prorationInstant(draft, subscription, input)
  const prorations = isPaidFor && input.proration !== 'none' ? await prorate(draft, { subscription, after, at }) : []

  Object.assign(subscription, { items: after, interval, interval_count })
  subscription.terms = await termsOf(draft, subscription)
  if (isPaidFor && isOtherInterval) {
    // The new period is charged in full, so of the old one only the unused rest counts.
    const credits = prorations.filter((line) => line.amount < 0)
    restartPeriods(draft, subscription)
    await invoiceNow(draft, subscription, [...credits, ...(await cycleLines(draft, subscription))], isPreview)
  } else if (input.proration === 'immediate' && prorations.length > 0) {
    await invoiceNow(draft, subscription, prorations, isPreview)
  } else {
    subscription.pending_lines.push(...prorations)
  }
  draft.emit('subscription.updated', subscription)
}

export function changedItems(
  providerName: string,
  items: SandboxItem[],
  changes: UpdateSubscriptionInput['items'],
): SandboxItem[] {
  for (const { externalItemId, quantity } of changes) {
    if (!items.some((item) => item.id === externalItemId)) {
      throw sandboxError(providerName, 'resource_missing', `The subscription has no item "${externalItemId}".`)
    }
    requireQuantity(providerName, quantity)
  }
  return items.map((item) => {
    const change = changes.find(({ externalItemId }) => externalItemId === item.id)
    return change ? { id: item.id, price: change.externalPriceId, quantity: change.quantity } : item
  })
}

export function requireQuantity(providerName: string, quantity: number): void {
  if (Number.isSafeInteger(quantity) && quantity > 0) return
  throw sandboxError(providerName, 'provider_rejected', 'A quantity is a whole number above zero.')
}

export async function requireOneInterval(
  draft: Draft,
  subscription: SandboxSubscription,
  items: SandboxItem[],
): Promise<SandboxPrice> {
  const prices = await Promise.all(items.map((item) => draft.get('price', item.price)))
  const [first] = prices
  const isOne = prices.every(
    (price) => price.interval === first?.interval && price.interval_count === first.interval_count,
  )
  if (!first || !isOne) {
    throw sandboxError(draft.providerName, 'provider_rejected', 'All prices of a subscription have one interval.')
  }
  if (prices.some((price) => price.currency !== subscription.currency)) {
    const detail = `This subscription is in ${subscription.currency}; a price in another currency cannot join it.`
    throw sandboxError(draft.providerName, 'provider_rejected', detail)
  }
  return first
}

/** The moment of the preview where there was one, which charges what it showed; else now. */
export function prorationInstant(
  draft: Draft,
  subscription: SandboxSubscription,
  { prorationAt }: UpdateSubscriptionInput,
): Date {
  if (prorationAt === undefined) return draft.at
  const at = new Date(prorationAt)
  if (at >= new Date(subscription.current_period_start) && at <= draft.at) return at
  throw sandboxError(draft.providerName, 'provider_rejected', 'Prorations are computed for a moment of this period.')
}

interface Proration {
  subscription: SandboxSubscription
  after: SandboxItem[]
  at: Date
}

/** For each changed item a credit for the unused rest of the period at the old price and a charge for it at the new one. */
async function prorate(draft: Draft, proration: Proration): Promise<SandboxLine[]> {
  const { subscription, after } = proration
  const lines: SandboxLine[] = []
  for (const [index, before] of subscription.items.entries()) {
    const item = after[index]
    if (!item || (item.price === before.price && item.quantity === before.quantity)) continue
    lines.push(
      await prorationLine(draft, proration, before, 'credit'),
      await prorationLine(draft, proration, item, 'charge'),
    )
  }
  return lines
}

async function prorationLine(
  draft: Draft,
  { subscription, at }: Proration,
  item: SandboxItem,
  direction: 'credit' | 'charge',
): Promise<SandboxLine> {
  const price = await draft.get('price', item.price)
  const product = await draft.get('product', price.product)
  const startMs = Date.parse(subscription.current_period_start)
  const endMs = Date.parse(subscription.current_period_end)
  const whole = multiplyByQuantity(money(price.amount, price.currency), item.quantity)
  const rest = multiplyByRatio(whole, Math.max(0, endMs - at.getTime()), endMs - startMs)
  const what = item.quantity === 1 ? product.name : `${item.quantity} × ${product.name}`
  return {
    id: newId('line'),
    description: direction === 'credit' ? `Unused time on ${what}` : `Remaining time on ${what}`,
    quantity: item.quantity,
    amount: direction === 'credit' ? negate(rest).amount : rest.amount,
    price: price.id,
    period_start: at.toISOString(),
    period_end: subscription.current_period_end,
    proration: true,
  }
}

async function invoiceNow(
  draft: Draft,
  subscription: SandboxSubscription,
  lines: SandboxLine[],
  isPreview: boolean,
): Promise<void> {
  const all = [...subscription.pending_lines, ...lines]
  subscription.pending_lines = []
  const invoice = await makeInvoice(draft, subscription, 'subscription_update', all)
  if (isPreview) return
  if (invoice.amount_due > 0 && !paysLaterOn(subscription.card)) {
    const detail = 'The card was declined, so nothing was changed.'
    throw sandboxError(draft.providerName, 'payment_declined', detail, { declineCode: 'card_declined' })
  }
  attemptPayment(draft, invoice, subscription.card)
}
