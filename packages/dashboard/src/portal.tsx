import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { type ShownView, useView } from './location.ts'
import { CheckoutReturnPage } from './pages/checkout/checkout-return-page.tsx'
import { MissingPage } from './pages/missing/missing-page.tsx'
import { ChangePlanPage } from './pages/plans/change-plan-page.tsx'
import { SessionEndedPage } from './pages/session/session-ended-page.tsx'
import { HomePage } from './pages/subscription/home-page.tsx'
import { queries } from './queries.ts'
import { ErrorBoundary } from './ui/error-boundary.tsx'
import { Layout } from './ui/layout.tsx'
import { LoadingPage } from './ui/loading-page.tsx'
import { Notice } from './ui/notice.tsx'
import { RetryNotice } from './ui/retry-notice.tsx'
import { SessionContext } from './use-session.ts'

const pages: Record<ShownView, () => React.ReactNode> = {
  home: HomePage,
  changePlan: ChangePlanPage,
  checkoutReturn: CheckoutReturnPage,
  missing: MissingPage,
}

function onConnectionChange(onChange: () => void): () => void {
  window.addEventListener('online', onChange)
  window.addEventListener('offline', onChange)
  return () => {
    window.removeEventListener('online', onChange)
    window.removeEventListener('offline', onChange)
  }
}

const useIsOnline = () => useSyncExternalStore(onConnectionChange, () => navigator.onLine)

export function Portal() {
  const isOnline = useIsOnline()
  const view = useView()
  const session = useQuery(queries.session)
  const Page = pages[view]
  return (
    <Layout session={session.data ?? null}>
      {!isOnline && (
        <Notice tone="warn" className="mb-8">
          You are offline. What you see here may be out of date, and nothing can be changed until you are back.
        </Notice>
      )}
      {session.isPending && <LoadingPage />}
      {session.isError && <RetryNotice error={session.error} onRetry={session.refetch} isBusy={session.isFetching} />}
      {session.data === null && <SessionEndedPage />}
      {session.data && (
        <SessionContext value={session.data}>
          <ErrorBoundary key={view}>
            <Page />
          </ErrorBoundary>
        </SessionContext>
      )}
    </Layout>
  )
}
