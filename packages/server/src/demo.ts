import { isLoopback } from './configuration.ts'

type Handler = (request: Request) => Promise<Response>

export interface DemoOptions {
  handler: Handler
  platformKey: string
  baseUrl: string
}

const organization = {
  external_id: 'demo',
  name: 'Demo Company',
  email: 'billing@demo.example',
  country: 'US',
  currency: 'USD',
  timezone: 'America/New_York',
}

const price = (key: string, amount: number, interval: 'month' | 'year', trial_days = 0) => ({
  key,
  currency: 'USD',
  amount,
  interval,
  trial_days,
})

const plans = [
  {
    key: 'starter',
    name: 'Starter',
    description: 'To try things out',
    is_default: true,
    features: { reports: true, sso: false },
    limits: { seats: 1, projects: 2 },
    prices: [],
  },
  {
    key: 'pro',
    name: 'Pro',
    description: 'For people who build',
    features: { reports: true, sso: false },
    limits: { seats: 5, projects: 20 },
    prices: [price('pro-monthly', 2900, 'month'), price('pro-yearly', 29_000, 'year')],
  },
  {
    key: 'team',
    name: 'Team',
    description: 'For companies',
    features: { reports: true, sso: true },
    limits: { seats: 50, projects: null },
    prices: [price('team-monthly', 9900, 'month'), price('team-yearly', 99_000, 'year')],
  },
]

/** The demonstration, made through the same API that everybody uses. */
export function makeDemo({ handler, platformKey, baseUrl }: DemoOptions) {
  const call = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; json: Record<string, unknown> }> => {
    const scope: Record<string, string> =
      path === '/portal-sessions/' ? { 'x-organization-id': organization.external_id } : {}
    const headers = { authorization: `Bearer ${platformKey}`, 'content-type': 'application/json', ...scope }
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await handler(new Request(`${baseUrl}/api/v1${path}`, init))
    const json: unknown = await response.json()
    return { status: response.status, json: typeof json === 'object' ? { ...json } : {} }
  }
  let seeded: Promise<void> | undefined
  /** Signs the visitor in as the demo organization, on this machine only: a name that merely points here is refused. */
  const enterDemo = async (request: Request): Promise<Response> => {
    // Whoever opens the address at once waits for the plans. Why there are none is said where they are made.
    await seeded?.catch(() => undefined)
    return enter(call, request)
  }
  return {
    /** Does nothing where the demo organization is there already. Errors: what the API refused. */
    seed: () => {
      seeded = seed(call)
      return seeded
    },
    /**
     * The way in of a service that listens at this address. None where others can reach it: the Host header, by which visitors of this
     * machine are told from others, is their own word.
     */
    entranceAt: (hostname: string | undefined) =>
      hostname !== undefined && isLoopback(hostname) ? enterDemo : undefined,
  }
}

type Call = (method: string, path: string, body?: unknown) => Promise<{ status: number; json: Record<string, unknown> }>

async function seed(call: Call): Promise<void> {
  if ((await call('GET', `/organizations/${organization.external_id}/`)).status === 200) return
  for (const plan of plans) {
    // A first start that was cut short left some of them behind.
    requireStatus(await call('POST', '/plans/', plan), [201, 409])
    requireStatus(await call('POST', `/plans/${plan.key}/publish/`, {}), [200])
  }
  requireStatus(await call('POST', '/organizations/', organization), [201])
}

function requireStatus(answer: { status: number; json: Record<string, unknown> }, wanted: number[]): void {
  if (!wanted.includes(answer.status))
    throw new Error(`the demonstration: ${answer.status} ${String(answer.json.detail)}`)
}

async function enter(call: Call, request: Request): Promise<Response> {
  const { hostname, origin } = new URL(request.url)
  if (!isLoopback(hostname)) return new Response('The demonstration is for this machine only.', { status: 403 })
  const { status, json } = await call('POST', '/portal-sessions/', { return_url: `${origin}/portal/`, role: 'owner' })
  if (status !== 201) return new Response('The demonstration is not ready yet. Try again in a moment.', { status: 503 })
  const link = new URL(String(json.url))
  return new Response(null, {
    status: 303,
    headers: { location: link.pathname + link.search, 'cache-control': 'no-store' },
  })
}
