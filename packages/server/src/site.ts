type Handler = (request: Request) => Promise<Response>

export interface SiteOptions {
  /** The library's HTTP face: everything that no page below takes. */
  handler: Handler
  portalPages(path: string): Promise<Response>
  /** Absent where there is no demonstration. */
  enterDemo: Handler | undefined
}

/** The one function that answers every request of the service. */
export function makeSite({ handler, portalPages, enterDemo }: SiteOptions): Handler {
  return async (request) => {
    const { pathname } = new URL(request.url)
    const isReading = request.method === 'GET' || request.method === 'HEAD'
    if (!isReading || pathname.startsWith('/api/')) return handler(request)
    if (pathname === '/' || pathname === '/portal') return redirect('/portal/')
    if (pathname === '/demo' && enterDemo) return enterDemo(request)
    if (pathname.startsWith('/portal/') && !/^\/portal\/enter\/?$/.test(pathname)) return portalPages(pathname)
    return handler(request)
  }
}

const redirect = (location: string) => new Response(null, { status: 303, headers: { location } })
