import { Component, type ReactNode } from 'react'
import { RetryNotice } from './retry-notice.tsx'

const sentence = new Error(
  'Something on this page went wrong. Nothing was changed or charged by this; please load it again.',
)

/** Says so where a view cannot be drawn, instead of leaving an empty page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children
    return <RetryNotice error={sentence} onRetry={() => window.location.reload()} isBusy={false} />
  }
}
