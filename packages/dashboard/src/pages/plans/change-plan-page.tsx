import { useQuery } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { useState } from 'react'
import { navigate } from '../../location.ts'
import type { Plan, Price, Subscription } from '../../objects.ts'
import { queries } from '../../queries.ts'
import { Button } from '../../ui/button.tsx'
import { LoadingPage } from '../../ui/loading-page.tsx'
import { PageTitle } from '../../ui/page-title.tsx'
import { RetryNotice } from '../../ui/retry-notice.tsx'
import { useCanChange } from '../../use-session.ts'
import { ChangePlanDialog } from './change-plan-dialog.tsx'
import { CurrentPlanMark } from './current-plan-mark.tsx'
import { PlanList } from './plan-list.tsx'
import { PlansPage } from './plans-page.tsx'

const isOver = ({ status }: Subscription) => status === 'canceled' || status === 'incomplete_expired'

/** The plans again, for an organization that has one of them. */
export function ChangePlanPage() {
  const plans = useQuery(queries.plans)
  const current = useQuery(queries.current)
  if (plans.isPending || current.isPending) return <LoadingPage />
  if (plans.isError) return <RetryNotice error={plans.error} onRetry={plans.refetch} isBusy={plans.isFetching} />
  if (current.isError) {
    return <RetryNotice error={current.error} onRetry={current.refetch} isBusy={current.isFetching} />
  }
  if (!current.data || isOver(current.data)) return <PlansPage ended={current.data} />
  return <Alternatives plans={plans.data} subscription={current.data} />
}

function Alternatives({ plans, subscription }: { plans: Plan[]; subscription: Subscription }) {
  const canChange = useCanChange()
  const [chosen, setChosen] = useState<{ plan: Plan; price: Price } | null>(null)
  const currentPrice = plans.flatMap((plan) => plan.prices).find(({ id }) => id === subscription.price_id)
  const action = (plan: Plan, price: Price | undefined) => {
    if (!price) return null
    if (price.id === subscription.price_id) return <CurrentPlanMark />
    return (
      <Button look="primary" disabled={!canChange} onClick={() => setChosen({ plan, price })}>
        {plan.id === subscription.plan_id ? `Pay every ${price.interval}` : `Switch to ${plan.name}`}
      </Button>
    )
  }
  return (
    <>
      <button
        type="button"
        onClick={() => navigate('home')}
        className="mb-4 -ml-1 inline-flex items-center gap-1.5 rounded-lg px-1 py-1 text-sm font-medium text-muted hover:text-ink"
      >
        <ArrowLeft aria-hidden className="size-4" />
        Subscription
      </button>
      <PageTitle title="Change plan">Choose another plan, or pay for yours at another interval.</PageTitle>
      <PlanList plans={plans.filter((plan) => plan.prices.length > 0)} preferred={currentPrice} action={action} />
      {chosen && <ChangePlanDialog {...chosen} subscription={subscription} onClose={() => setChosen(null)} />}
    </>
  )
}
