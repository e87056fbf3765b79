import type { HostRequest } from 'billhook'
import { isLoopback } from './configuration.ts'

type Handler = (request: Request, host?: HostRequest) => Promise<Response>

export interface SiteOptions {
  /** The library's HTTP face: everything that no page below takes. */
  handler: Handler
  portalPages(path: string): Promise<Response>
  /** Absent where there is no demonstration. */
  enterDemo: Handler | undefined
}

/** The one function that answers every request of the service. */
export function makeSite({ handler, portalPages, enterDemo }: SiteOptions): Handler {
  return async (request, host) => {
    const { pathname } = new URL(request.url)
    const isReading = request.method === 'GET' || request.method === 'HEAD'
    if (!isReading || pathname.startsWith('/api/')) return handler(request, host)
    if (pathname === '/') return redirect(await frontDoor(request, { handler, enterDemo }))
    if (pathname === '/portal') return redirect('/portal/')
    if (pathname === '/demo' && enterDemo) return enterDemo(request, host)
    if (pathname.startsWith('/portal/') && !/^\/portal\/enter\/?$/.test(pathname)) return portalPages(pathname)
    return handler(request, host)
  }
}

/** Whoever tries it out gets to see plans, and no page that knows nobody; whoever is signed in stays who they are. */
async function frontDoor(
  request: Request,
  { handler, enterDemo }: Pick<SiteOptions, 'handler' | 'enterDemo'>,
): Promise<string> {
  if (!enterDemo || !isLoopback(new URL(request.url).hostname)) return '/portal/'
  const cookie = request.headers.get('cookie')
  if (cookie === null) return '/demo'
  // A cookie of a data directory that was removed since is no session any more.
  const session = await handler(new Request(new URL('/api/v1/portal/session/', request.url), { headers: { cookie } }))
  return session.status === 401 ? '/demo' : '/portal/'
}

const redirect = (location: string) =>
  new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } })
