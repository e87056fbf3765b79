import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { PageTitle } from './page-title.tsx'

interface CenteredPageProps {
  Icon: LucideIcon
  isBusy?: boolean
  title: string
  action?: ReactNode
  children: ReactNode
}

/** A view with one thing to say. */
export function CenteredPage({ Icon, isBusy = false, title, action, children }: CenteredPageProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center pt-12 text-center sm:pt-24">
      <div className="mb-6 grid size-14 place-items-center rounded-2xl bg-info-soft text-info">
        <Icon aria-hidden strokeWidth={1.75} className={isBusy ? 'size-6 motion-safe:animate-spin' : 'size-6'} />
      </div>
      <div role="status">
        <PageTitle title={title}>{children}</PageTitle>
      </div>
      {action && <div className="flex flex-wrap justify-center gap-3">{action}</div>}
    </div>
  )
}
