import { useState } from 'react'
import { navigate } from '../../location.ts'
import type { Subscription, SubscriptionStatus } from '../../objects.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { useCanChange } from '../../use-session.ts'
import { CancelDialog } from './cancel-dialog.tsx'
import { useManage } from './use-manage.ts'

interface SubscriptionActionsProps {
  subscription: Subscription
  planName: string
  timeZone?: string
}

const live = new Set<SubscriptionStatus>(['trialing', 'active', 'past_due', 'unpaid', 'paused'])
const changeable = new Set<SubscriptionStatus>(['trialing', 'active'])

/** What can be done with the subscription as it is now. */
export function SubscriptionActions({ subscription, planName, timeZone }: SubscriptionActionsProps) {
  const canChange = useCanChange()
  const [isCanceling, setIsCanceling] = useState(false)
  const reactivate = useManage(subscription.id, () => {})
  const isEnding = subscription.cancel_at_period_end
  const isLive = live.has(subscription.status)
  if (!isLive && subscription.status !== 'canceled') return null
  if (!canChange) {
    return (
      <p className="border-t border-line px-6 py-4 text-sm text-muted sm:px-8">
        Only an owner or a billing administrator can change the subscription.
      </p>
    )
  }
  return (
    <div className="border-t border-line px-6 py-5 sm:px-8">
      {reactivate.error && <ErrorNotice error={reactivate.error} className="mb-4" />}
      <div className="flex flex-col gap-3 sm:flex-row">
        {!isLive && (
          <Button look="primary" onClick={() => navigate('changePlan')}>
            Choose a plan
          </Button>
        )}
        {isLive && isEnding && (
          <Button
            look="primary"
            isBusy={reactivate.isPending}
            onClick={() => reactivate.mutate({ action: 'reactivate', at_period_end: true })}
          >
            Keep my plan
          </Button>
        )}
        {!isEnding && changeable.has(subscription.status) && (
          <Button onClick={() => navigate('changePlan')}>Change plan</Button>
        )}
        {isLive && !isEnding && (
          <Button look="danger" onClick={() => setIsCanceling(true)}>
            Cancel subscription
          </Button>
        )}
      </div>
      {isCanceling && (
        <CancelDialog
          subscription={subscription}
          planName={planName}
          timeZone={timeZone}
          onClose={() => setIsCanceling(false)}
        />
      )}
    </div>
  )
}
