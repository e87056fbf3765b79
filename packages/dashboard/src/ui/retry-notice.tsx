import { Button } from './button.tsx'
import { ErrorNotice } from './notice.tsx'
import { PageTitle } from './page-title.tsx'

/** A view that could not be loaded: why, and the button to try once more. */
export function RetryNotice({ error, onRetry, isBusy }: { error: Error; onRetry: () => unknown; isBusy: boolean }) {
  return (
    <>
      <PageTitle title="This could not be loaded" />
      <ErrorNotice
        error={error}
        action={
          <Button isBusy={isBusy} onClick={() => onRetry()}>
            Try again
          </Button>
        }
      />
    </>
  )
}
