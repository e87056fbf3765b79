import { useSyncExternalStore } from 'react'

/** The views of the portal, each an address of its own so that Back, reload and bookmarks work. */
export const views = {
  home: '/portal/',
  changePlan: '/portal/?view=plans',
  checkoutReturn: '/portal/?checkout=return',
} as const

export type View = keyof typeof views
/** An address that somebody mistyped is said to be none, instead of showing another page under it. */
export type ShownView = View | 'missing'

const navigated = 'billhook:navigated'

function viewOf(address: string): ShownView {
  const { pathname, searchParams: query } = new URL(address)
  if (pathname !== views.home) return 'missing'
  if (query.has('checkout')) return 'checkoutReturn'
  return query.get('view') === 'plans' ? 'changePlan' : 'home'
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('popstate', onChange)
  window.addEventListener(navigated, onChange)
  return () => {
    window.removeEventListener('popstate', onChange)
    window.removeEventListener(navigated, onChange)
  }
}

export const useView = (): ShownView => viewOf(useSyncExternalStore(subscribe, () => window.location.href))

/** Shows another view. `replace` where Back must not return to this one, as after a finished checkout. */
export function navigate(view: View, { replace = false } = {}): void {
  window.history[replace ? 'replaceState' : 'pushState'](null, '', views[view])
  window.dispatchEvent(new Event(navigated))
  window.scrollTo(0, 0)
}
