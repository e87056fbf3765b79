import { useQuery } from '@tanstack/react-query'
import type { Subscription } from '../../objects.ts'
import { queries } from '../../queries.ts'
import { LoadingPage } from '../../ui/loading-page.tsx'
import { RetryNotice } from '../../ui/retry-notice.tsx'
import { PlansPage } from '../plans/plans-page.tsx'
import { SubscriptionPage } from './subscription-page.tsx'

/** A subscription that gives nothing any more; all others are shown, whatever their trouble, and never sold twice. */
const isOver = ({ status, access }: Subscription) =>
  (status === 'canceled' || status === 'incomplete_expired') && !access.allowed

export function HomePage() {
  const current = useQuery(queries.current)
  if (current.isPending) return <LoadingPage />
  if (current.isError) {
    return <RetryNotice error={current.error} onRetry={current.refetch} isBusy={current.isFetching} />
  }
  if (!current.data || isOver(current.data)) return <PlansPage ended={current.data} />
  return <SubscriptionPage />
}
