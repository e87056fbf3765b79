import { useQueryClient } from '@tanstack/react-query'
import { Clock, LoaderCircle, TimerOff } from 'lucide-react'
import { useEffect } from 'react'
import { announce } from '../../flash.tsx'
import { navigate } from '../../location.ts'
import { Button } from '../../ui/button.tsx'
import { CenteredPage } from '../../ui/centered-page.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'

import { pendingCheckout } from './pending-checkout.ts'
import { useConfirmation } from './use-confirmation.ts'

/** Where the provider's page sends the customer back to. Nothing can be bought here: it may already be paid. */
export function CheckoutReturnPage() {
  const client = useQueryClient()
  const { status, error, isLate, askAgain } = useConfirmation()
  useEffect(() => {
    if (status !== 'complete') return
    pendingCheckout.forget()
    client.removeQueries({ queryKey: ['subscription'] })
    announce(client, { tone: 'good', text: 'Thank you. Your subscription has started.' })
    navigate('home', { replace: true })
  }, [status, client])
  if (status === 'expired') return <Expired />
  return (
    <>
      {isLate ? <StillWaiting isProcessing={status === 'processing'} onRetry={askAgain} /> : <Confirming />}
      {error && <ErrorNotice error={error} className="mx-auto mt-8 max-w-md" />}
    </>
  )
}

function Confirming() {
  return (
    <CenteredPage Icon={LoaderCircle} isBusy title="Confirming your payment">
      This usually takes a few seconds. You can leave this page open; there is nothing to do.
    </CenteredPage>
  )
}

function StillWaiting({ isProcessing, onRetry }: { isProcessing: boolean; onRetry: () => unknown }) {
  return (
    <CenteredPage
      Icon={Clock}
      title="Still waiting for confirmation"
      action={
        <Button look="primary" onClick={() => onRetry()}>
          Check again
        </Button>
      }
    >
      {isProcessing
        ? 'Your payment is on its way. Some payment methods take a few days to clear. '
        : 'The payment provider has not confirmed your payment yet. '}
      Your subscription will appear here by itself; please do not pay again.
    </CenteredPage>
  )
}

function Expired() {
  const leave = () => {
    pendingCheckout.forget()
    navigate('home', { replace: true })
  }
  return (
    <CenteredPage
      Icon={TimerOff}
      title="This checkout has expired"
      action={
        <Button look="primary" onClick={leave}>
          Back to the plans
        </Button>
      }
    >
      It was not completed in time, so no subscription was started. Choose a plan to begin again.
    </CenteredPage>
  )
}
