import { useQuery } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { queries } from '../../queries.ts'
import { buttonLook } from '../../ui/button.tsx'
import { CenteredPage } from '../../ui/centered-page.tsx'

/** Shown without a session. A demo server says so in its configuration and then offers its own sign-in. */
export function SessionEndedPage() {
  const config = useQuery(queries.config)
  return (
    <CenteredPage
      Icon={KeyRound}
      title="Your session has ended"
      action={
        config.data?.demo && (
          <a href="/demo" className={buttonLook('primary')}>
            Open the demo organization
          </a>
        )
      }
    >
      For your safety, sign-in links work only once. Please go back to the product you came from and ask for a new one.
    </CenteredPage>
  )
}
