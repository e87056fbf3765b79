import { createMiddleware } from 'hono/factory'
import type { ProviderRoute } from '../../providers/provider.ts'
import type { Env, RegisterRoutes } from '../env.ts'

/** Pages and calls of the providers' own, at `/<provider>/…`. Comes last: the names of our own paths win. */
export const providerRoutes: RegisterRoutes = (app, { ctx, access }) => {
  const platformOnly = access('platform', 'write')
  app.use(
    '/:provider/*',
    createMiddleware<Env>(async (c, next) => {
      const [, name = '', ...rest] = c.req.path.split('/')
      if (!ctx.providers.names.includes(name)) return next()
      const found = findRoute(ctx.providers.getProvider(name).routes ?? [], c.req.method, rest)
      if (!found) return next()
      const { route, parameters } = found
      const handle = async () => {
        c.res = await route.handle(withBody(c.req.raw, c.get('rawBody')), parameters)
      }
      if (route.auth === 'public') return handle()
      return platformOnly(c, handle)
    }),
  )
}

/** The request as it came: its body was read already. */
const withBody = ({ url, method, headers }: Request, body: Uint8Array<ArrayBuffer>): Request =>
  new Request(url, { method, headers, ...(body.byteLength > 0 && { body }) })

interface FoundRoute {
  route: ProviderRoute
  parameters: Record<string, string>
}

export function findRoute(
  routes: readonly ProviderRoute[],
  method: string,
  segments: readonly string[],
): FoundRoute | null {
  for (const route of routes) {
    if (route.method !== method) continue
    const parameters = matchPath(route.path.split('/').slice(1), segments)
    if (parameters) return { route, parameters }
  }
  return null
}

function matchPath(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null
  const parameters: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (part.startsWith(':') && segment !== '') parameters[part.slice(1)] = decode(segment)
    else if (part !== segment) return null
  }
  return parameters
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    // A stray percent sign is part of the name then.
    return segment
  }
}
