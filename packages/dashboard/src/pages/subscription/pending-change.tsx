import { useQuery } from '@tanstack/react-query'
import type { PendingChange, Plan, Subscription } from '../../objects.ts'
import { queries } from '../../queries.ts'
import { buttonLook } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useCanChange } from '../../use-session.ts'
import { formatCount, formatDay, formatMoment } from '../../words.ts'
import { useApproval } from './use-approval.ts'

interface PendingChangeProps {
  subscription: Subscription
  timeZone?: string
}

/** A change that is wanted and not real yet, with what it waits for. */
export function PendingChangeNotice({ subscription, timeZone }: PendingChangeProps) {
  const canChange = useCanChange()
  const plans = useQuery(queries.plans)
  useApproval(subscription)
  const change = subscription.pending_change
  if (!change) return null
  const what = wish(subscription, change, plans.data ?? [])
  const { approval_url, expires_at } = change
  if (change.outcome !== 'requires_approval' || !approval_url)
    return (
      <Notice tone="info" title={`Your plan is about to change ${what}`} className="mb-8">
        {change.outcome === 'pending_payment'
          ? 'The change takes effect as soon as its payment is confirmed.'
          : `It takes effect ${change.effective_at ? `on ${formatDay(change.effective_at, timeZone)}` : 'when the current period ends'}. Until then everything stays as it is.`}
      </Notice>
    )
  return (
    <Notice
      tone="warn"
      title={`Your change ${what} waits for your approval`}
      className="mb-8"
      action={
        canChange && (
          <a href={approval_url} className={buttonLook('primary')}>
            Approve the change
          </a>
        )
      }
    >
      Until then your plan stays as it is and nothing is charged for it.
      {expires_at && ` The offer ends on ${formatMoment(expires_at, timeZone)}.`}
    </Notice>
  )
}

function wish(subscription: Subscription, { to_price_id, to_quantity }: PendingChange, plans: readonly Plan[]): string {
  const plan = plans.find(({ prices }) => prices.some(({ id }) => id === to_price_id))
  const seats = to_quantity !== null && to_quantity !== subscription.quantity ? `${formatCount(to_quantity)} × ` : ''
  if (plan) return `to ${seats}${plan.name}`
  return seats ? `to a quantity of ${formatCount(to_quantity ?? 0)}` : 'of plan'
}
