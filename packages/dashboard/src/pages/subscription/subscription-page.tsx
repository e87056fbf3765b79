import { useQuery } from '@tanstack/react-query'
import { Flash } from '../../flash.tsx'
import type { Overview, Subscription } from '../../objects.ts'
import { queries } from '../../queries.ts'
import { Section } from '../../ui/card.tsx'
import { LoadingPage } from '../../ui/loading-page.tsx'
import { PageTitle } from '../../ui/page-title.tsx'
import { RetryNotice } from '../../ui/retry-notice.tsx'
import { useSession } from '../../use-session.ts'
import { EntitlementList } from './entitlement-list.tsx'
import { InvoiceTable } from './invoice-table.tsx'
import { PendingChangeNotice } from './pending-change.tsx'
import { StatusBanner } from './status-banner.tsx'
import { SubscriptionCard } from './subscription-card.tsx'
import { UsageTable } from './usage-table.tsx'

const refreshMs = 15_000

/** The organization's subscription. Read again now and then: webhooks change it while the page is open. */
export function SubscriptionPage() {
  const overview = useQuery({ ...queries.overview, refetchInterval: refreshMs })
  if (overview.data?.subscription) return <Loaded overview={overview.data} subscription={overview.data.subscription} />
  if (overview.isError) {
    return <RetryNotice error={overview.error} onRetry={overview.refetch} isBusy={overview.isFetching} />
  }
  return <LoadingPage />
}

function Loaded({ overview, subscription }: { overview: Overview; subscription: Subscription }) {
  const { organization } = useSession()
  const timeZone = overview.organization.timezone
  return (
    <>
      <PageTitle title="Subscription">The plan, its limits and the invoices of {organization.name}.</PageTitle>
      <Flash />
      <StatusBanner overview={overview} subscription={subscription} timeZone={timeZone} />
      <PendingChangeNotice subscription={subscription} timeZone={timeZone} />
      <SubscriptionCard subscription={subscription} plan={overview.plan} timeZone={timeZone} />
      {overview.entitlements.length > 0 && (
        <Section title="Included in your plan" id="entitlements">
          <EntitlementList entitlements={overview.entitlements} timeZone={timeZone} />
        </Section>
      )}
      {overview.usage_lines.length > 0 && (
        <Section title="Usage" id="usage">
          <UsageTable lines={overview.usage_lines} timeZone={timeZone} />
        </Section>
      )}
      <Section title="Invoices" id="invoices">
        <InvoiceTable invoices={overview.invoices} timeZone={timeZone} />
      </Section>
    </>
  )
}
