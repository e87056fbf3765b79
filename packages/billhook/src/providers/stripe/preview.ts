import type Stripe from 'stripe'
import type { UpdateSubscriptionInput } from '../operation.ts'
import type { ChangePreviewData, InvoiceData, InvoiceLineData, SubscriptionData } from '../snapshots.ts'
import { fromApiAmount } from './amounts.ts'
import type { StripeClient } from './client.ts'
import { UnreadableObject } from './errors.ts'
import { taxOfLine } from './invoice-amounts.ts'
import { normalizeInvoice, readInvoice } from './normalize-invoice.ts'
import { itemParams, prorationBehaviors, prorationDate, retrieveSubscription } from './subscriptions.ts'
import type { InvoiceWire } from './wire.ts'

/**
 * Stripe's own computation (docs.stripe.com/api/invoices/create_preview): what is invoiced at once, or else the next invoice with the
 * change on it. Two previews where the first one does not show what comes after it.
 */
export async function previewUpdate(client: StripeClient, input: UpdateSubscriptionInput): Promise<ChangePreviewData> {
  const before = await retrieveSubscription(client, input.externalSubscriptionId)
  const { wire, invoice } = await previewInvoice(client, input, 'next')
  const newPeriod = newPeriodLine(invoice.lines, before, input)
  const isNow = input.proration === 'immediate' || newPeriod !== null
  const recurring = isNow ? (await previewInvoice(client, input, 'recurring')).invoice : null
  return client.read(async () => toPreview({ wire, invoice, recurring, newPeriod, before }))
}

/** Changes nothing at Stripe, so a lost answer is no unknown outcome. */
function previewInvoice(
  client: StripeClient,
  input: UpdateSubscriptionInput,
  mode: 'next' | 'recurring',
): Promise<{ wire: InvoiceWire; invoice: InvoiceData }> {
  const params: Stripe.InvoiceCreatePreviewParams = {
    subscription: input.externalSubscriptionId,
    subscription_details: {
      items: itemParams(input),
      proration_behavior: prorationBehaviors[input.proration],
      ...prorationDate(input),
    },
    ...(mode === 'recurring' && { preview_mode: mode }),
  }
  return client.read(async (stripe) => {
    const wire = readInvoice(await stripe.invoices.createPreview(params))
    // A preview cannot be read again, page by page: without all lines nothing adds up.
    if (wire.lines.has_more) throw new UnreadableObject("Stripe's preview has more lines than it shows.")
    return { wire, invoice: normalizeInvoice(wire) }
  })
}

/** The line of a period that the change starts: another interval, or from free to paid. The next bill's lines start with it instead. */
function newPeriodLine(
  lines: readonly InvoiceLineData[],
  { currentPeriodEnd }: SubscriptionData,
  { items }: UpdateSubscriptionInput,
): InvoiceLineData | null {
  const prices = items.map((item) => item.externalPriceId)
  const isNew = (line: InvoiceLineData) =>
    !line.proration &&
    prices.includes(line.externalPriceId ?? '') &&
    (line.periodStart?.getTime() ?? Number.POSITIVE_INFINITY) < (currentPeriodEnd?.getTime() ?? 0)
  return lines.find(isNew) ?? null
}

interface Bills {
  wire: InvoiceWire
  invoice: InvoiceData
  /** What recurs; null where the first preview is the next bill itself. */
  recurring: InvoiceData | null
  newPeriod: InvoiceLineData | null
  before: SubscriptionData
}

function toPreview(bills: Bills): ChangePreviewData {
  const { wire, invoice, recurring } = bills
  const prorationAt = prorationTime(wire, invoice)
  const isOfChange = (line: InvoiceLineData) =>
    recurring !== null || (line.proration && line.periodStart?.getTime() === prorationAt.getTime())
  const lines = invoice.lines.filter(isOfChange)
  const taxes = wire.lines.data.map((line, index) => {
    const ours = invoice.lines[index]
    return ours && isOfChange(ours) ? taxOfLine(line) : 0
  })
  return {
    currency: invoice.currency,
    lines,
    proration: sum(lines.filter((line) => line.proration).map((line) => line.amount)),
    tax: recurring ? invoice.tax : fromApiAmount(sum(taxes), invoice.currency),
    creditApplied: recurring ? invoice.creditApplied : 0,
    dueNow: recurring ? invoice.amountDue : 0,
    nextCharge: nextCharge(bills),
    prorationAt,
  }
}

/** What Stripe says it took; a preview without prorations was made now. */
function prorationTime(wire: InvoiceWire, invoice: InvoiceData): Date {
  const said = wire.parent?.subscription_details?.subscription_proration_date ?? wire.subscription_proration_date
  const starts = invoice.lines.flatMap((line) =>
    line.proration && line.periodStart ? [line.periodStart.getTime()] : [],
  )
  return said ?? (starts.length > 0 ? new Date(Math.max(...starts)) : invoice.createdAt)
}

/** The bill after the change; nothing where the subscription ends before it. */
function nextCharge({ wire, invoice, recurring, newPeriod, before }: Bills): ChangePreviewData['nextCharge'] {
  const at = newPeriod?.periodEnd ?? before.currentPeriodEnd
  if (!at || (before.cancelAt && before.cancelAt <= at)) return null
  if (!recurring) return { amount: invoice.amountDue, at }
  // A bill below zero leaves credit, which the next one uses.
  const balance = invoice.total + fromApiAmount(wire.starting_balance ?? 0, invoice.currency)
  return { amount: Math.max(0, recurring.total + Math.min(0, balance)), at }
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
