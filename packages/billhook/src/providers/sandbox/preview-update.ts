import { money, sum } from '../../primitives/index.ts'
import type { UpdateSubscriptionInput } from '../operation.ts'
import type { ChangePreviewData } from '../snapshots.ts'
import type { SandboxClient } from './client.ts'
import { takeDiscount } from './coupons.ts'
import { cycleLines } from './make-invoice.ts'
import type { SandboxInvoice, SandboxLine, SandboxSubscription } from './objects.ts'
import { movePeriod } from './renewals.ts'
import { Draft } from './state.ts'
import { toInvoiceLineData } from './status.ts'
import { getLive } from './subscriptions.ts'
import { change, prorationInstant } from './update-subscription.ts'

/** Does the change itself in a draft that is never written, so that what is shown and what is charged cannot differ. */
export async function previewUpdate(client: SandboxClient, input: UpdateSubscriptionInput): Promise<ChangePreviewData> {
  if (await client.hasDue()) await client.settle()
  const now = await client.now()
  return client.read(async (store) => {
    const draft = await Draft.open(store, client.account, now)
    const subscription = await getLive(draft, input.externalSubscriptionId)
    const prorationAt = prorationInstant(draft, subscription, input)
    const waiting = new Set(subscription.pending_lines.map((line) => line.id))
    await change(draft, subscription, input, { isPreview: true })
    const [invoice] = draft.seen('invoice')
    const lines = invoice?.lines ?? subscription.pending_lines.filter((line) => !waiting.has(line.id))
    return {
      currency: subscription.currency,
      lines: lines.map(toInvoiceLineData),
      proration: total(
        lines.filter((line) => line.proration),
        subscription,
      ),
      tax: 0,
      creditApplied: invoice?.credit_applied ?? 0,
      dueNow: invoice?.amount_due ?? 0,
      nextCharge: await nextCharge(draft, subscription, invoice),
      prorationAt,
    }
  })
}

const total = (lines: readonly SandboxLine[], { currency }: SandboxSubscription): number =>
  sum(
    lines.map((line) => money(line.amount, currency)),
    currency,
  ).amount

/** The bill of the next period, with what waits for it and the credit that is left. */
async function nextCharge(
  draft: Draft,
  subscription: SandboxSubscription,
  invoice: SandboxInvoice | undefined,
): Promise<ChangePreviewData['nextCharge']> {
  if (subscription.cancel_at_period_end || subscription.pause?.kind === 'service') return null
  const at = new Date(subscription.current_period_end)
  const { credit } = await draft.get('customer', invoice?.customer ?? subscription.customer)
  movePeriod(subscription, subscription.period_ordinal + 1)
  const subtotal = total([...subscription.pending_lines, ...(await cycleLines(draft, subscription))], subscription)
  const amount = subtotal - (await takeDiscount(draft, subscription, subtotal, at))
  return { amount: Math.max(0, amount - (credit[subscription.currency] ?? 0)), at }
}
