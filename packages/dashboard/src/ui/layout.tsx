import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import type { PortalSession } from '../objects.ts'

/** Frame of every view: the way back to the product, whose account this is, the view itself. */
export function Layout({ session, children }: { session: PortalSession | null; children: ReactNode }) {
  return (
    <div className="mx-auto flex min-h-dvh w-full max-w-5xl flex-col px-5 sm:px-8">
      <header className="flex h-20 items-center justify-between gap-4">
        {session?.return_url && leadsElsewhere(session.return_url) ? (
          <ReturnLink url={session.return_url} />
        ) : (
          <Wordmark />
        )}
        {session && <Organization name={session.organization.name} />}
      </header>
      <main className="flex-1 pt-6 pb-16 sm:pt-10">{children}</main>
      <footer className="border-t border-line py-6 text-xs text-muted">Billing by Billhook</footer>
    </div>
  )
}

/** The demonstration has no product to go back to: its way back is this very page. */
const leadsElsewhere = (url: string) => !URL.canParse(url) || new URL(url).origin !== window.location.origin

function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2.5 text-sm font-semibold tracking-tight">
      <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" className="size-6" />
      Billing
    </span>
  )
}

function ReturnLink({ url }: { url: string }) {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  return (
    <a
      href={url}
      className="-ml-2 inline-flex min-w-0 items-center gap-2 rounded-lg px-2 py-2 text-sm font-medium text-muted transition-colors hover:text-ink"
    >
      <ArrowLeft aria-hidden className="size-4 shrink-0" />
      <span className="truncate">{host ? `Back to ${host}` : 'Back'}</span>
    </a>
  )
}

function Organization({ name }: { name: string }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-2.5 text-sm font-medium">
      <span
        aria-hidden
        className="grid size-7 shrink-0 place-items-center rounded-lg bg-info-soft text-xs font-semibold text-info"
      >
        {[...name][0]?.toUpperCase()}
      </span>
      <span className="truncate">{name}</span>
    </span>
  )
}
