import { money, multiplyByQuantity } from '../../primitives/index.ts'
import type { ChangePreviewData } from '../../providers/provider.ts'
import type { SellablePrice } from '../catalog/index.ts'
import { unsupported } from './billed-change.ts'
import type { PreparedChange } from './prepare-change.ts'

export const howPreviewed =
  'The provider shows no previews. Without proration nothing is due now, and the next charge is the new price times the quantity, before taxes and discounts.'

/**
 * Pure: what a change costs at a provider that shows no previews. Only where nothing is prorated and the period stays can it be known.
 * Error: `unsupported` (422) for anything else.
 */
export function emulatePreview(
  { provider, record: { row }, price, quantity, proration }: PreparedChange,
  { from, now }: { from: SellablePrice; now: Date },
): ChangePreviewData {
  if (proration !== 'none')
    throw unsupported(provider, `show what a change with proration "${proration}" costs`, 'Ask for "none".')
  if (from.interval !== price.interval || from.intervalCount !== price.intervalCount)
    throw unsupported(provider, 'show what a change of the billing interval costs', 'It can be made without a preview.')
  const { currentPeriodEnd: at, cancelAt, pauseKind } = row
  const isCharged = at !== null && cancelAt === null && pauseKind !== 'service'
  const { amount } = multiplyByQuantity(money(price.amount, price.currency), quantity)
  return {
    currency: price.currency,
    lines: [],
    proration: 0,
    tax: 0,
    creditApplied: 0,
    dueNow: 0,
    nextCharge: isCharged ? { amount, at } : null,
    prorationAt: now,
  }
}
