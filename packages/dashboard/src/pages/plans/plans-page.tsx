import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { createCheckoutSession } from '../../api.ts'
import { views } from '../../location.ts'
import type { Plan, Price, Subscription } from '../../objects.ts'
import { queries } from '../../queries.ts'
import { Button } from '../../ui/button.tsx'
import { LoadingPage } from '../../ui/loading-page.tsx'
import { ErrorNotice, Notice } from '../../ui/notice.tsx'
import { PageTitle } from '../../ui/page-title.tsx'
import { RetryNotice } from '../../ui/retry-notice.tsx'
import { useIntent } from '../../use-intent.ts'
import { useCanChange, useSession } from '../../use-session.ts'
import { formatDay } from '../../words.ts'
import { pendingCheckout } from '../checkout/pending-checkout.ts'
import { CurrentPlanMark } from './current-plan-mark.tsx'
import { PlanList } from './plan-list.tsx'

/** What can be bought, for an organization without a subscription; `ended` is the one it had. */
export function PlansPage({ ended }: { ended: Subscription | null }) {
  const plans = useQuery(queries.plans)
  const { organization } = useSession()
  if (plans.isPending) return <LoadingPage />
  if (plans.isError) return <RetryNotice error={plans.error} onRetry={plans.refetch} isBusy={plans.isFetching} />
  return (
    <>
      <PageTitle title="Choose a plan">
        For everyone at {organization.name}. You can change or cancel at any time.
      </PageTitle>
      {ended && (
        <Notice tone="info" className="mb-8">
          {ended.ended_at
            ? `Your last subscription ended on ${formatDay(ended.ended_at)}.`
            : 'Your last subscription has ended.'}{' '}
          Choose a plan to start again.
        </Notice>
      )}
      {plans.data.length === 0 ? (
        <Notice tone="info">There are no plans to choose from yet.</Notice>
      ) : (
        <Offer plans={plans.data} />
      )}
    </>
  )
}

function Offer({ plans }: { plans: Plan[] }) {
  const canChange = useCanChange()
  const checkout = useCheckout()
  // Also while the browser is on its way to the hosted page: a second click would only start another checkout.
  const isLeaving = checkout.isPending || checkout.isSuccess
  const action = (plan: Plan, price: Price | undefined) => {
    if (!price) return plan.is_default && <CurrentPlanMark />
    return (
      <Button
        look="primary"
        disabled={!canChange || isLeaving}
        isBusy={isLeaving && checkout.variables === price.id}
        onClick={() => checkout.mutate(price.id)}
      >
        <span>
          {price.trial_days ? 'Start free trial' : 'Subscribe'}
          <span className="sr-only">: {plan.name}</span>
        </span>
      </Button>
    )
  }
  return (
    <>
      {!canChange && (
        <Notice tone="info" className="mb-6">
          Only an owner or a billing administrator can subscribe.
        </Notice>
      )}
      {checkout.error && <ErrorNotice error={checkout.error} className="mb-6" />}
      <PlanList plans={plans} action={action} />
    </>
  )
}

/** Starts a checkout for a price and goes to the provider's hosted page. */
function useCheckout() {
  const checkout = useIntent(
    (priceId: string, key) => {
      const at = (path: string) => window.location.origin + path
      return createCheckoutSession(
        { price_id: priceId, success_url: at(views.checkoutReturn), cancel_url: at(views.home) },
        key,
      )
    },
    ({ id, url }) => {
      if (!url) throw new Error('The payment page could not be opened. Please try again.')
      pendingCheckout.remember(id)
      window.location.assign(url)
    },
  )
  const { reset } = checkout
  // The Back button may bring this page back as it was left, its buttons still waiting for the hosted page.
  useEffect(() => {
    const onShow = (event: PageTransitionEvent) => event.persisted && reset()
    window.addEventListener('pageshow', onShow)
    return () => window.removeEventListener('pageshow', onShow)
  }, [reset])
  return checkout
}
