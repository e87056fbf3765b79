import { type BillingOptions, type BillingService, createBilling } from '../billing.ts'
import type { Database } from '../db/index.ts'
import { databaseOf } from '../db/pglite.ts'
import { type FixedClock, fixedClock } from '../primitives/index.ts'
import type { MakeProvider } from '../providers/provider.ts'
import { sandboxProvider } from '../providers/sandbox/index.ts'
import { createTestPglite } from './postgres/create-test-pglite.ts'

export const testApiKey = 'bh_test_key_for_the_platform_0123456789'

export interface TestBilling extends BillingService {
  clock: FixedClock
  baseUrl: string
  /** One HTTP call to the service, in process, with the platform key. */
  call(
    method: string,
    path: string,
    options?: CallOptions,
  ): Promise<{ status: number; json: unknown; headers: Headers; text: string }>
  close(): Promise<void>
}

export interface CallOptions {
  body?: unknown
  organization?: string
  key?: string | null
  headers?: Record<string, string>
}

export interface TestBillingOptions extends Partial<Omit<BillingOptions, 'clock'>> {
  at?: string
  providers?: Record<string, MakeProvider>
}

/**
 * A whole service on a database of its own, with a clock that stands still and the sandbox as its provider. Webhooks of the sandbox go
 * through the service's own HTTP face, without a port.
 */
export async function createTestBilling({
  at = '2026-01-31T10:00:00Z',
  ...options
}: TestBillingOptions = {}): Promise<TestBilling> {
  const database = options.database ?? (await openDatabase())
  const clock = fixedClock(at)
  const baseUrl = 'http://billhook.test'
  const face: { handler?: BillingService['handler'] } = {}
  const toOurselves: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    if (!request.url.startsWith(baseUrl)) return fetch(request)
    return face.handler ? face.handler(request) : new Response(null, { status: 503 })
  }
  const billing = await createBilling({
    baseUrl,
    providers: { sandbox: sandboxProvider() },
    defaultProvider: 'sandbox',
    apiKeys: [testApiKey],
    fetch: toOurselves,
    ...options,
    // The clock jumps: whether a day's comparison is due then is for the test to say.
    settings: { reconcileEveryHours: null, ...options.settings },
    database,
    clock,
  })
  face.handler = billing.handler
  return {
    ...billing,
    clock,
    baseUrl,
    call: (method, path, callOptions) => call(billing, baseUrl + path, method, callOptions),
    close: async () => {
      await billing.stop()
      await database.close()
    },
  }
}

/** This project's own test runs share a server, vitest's business; everybody else gets an embedded database in memory. */
async function openDatabase(): Promise<Database> {
  if (process.env.VITEST) {
    const { inject } = await import('vitest')
    if (inject('testServer')) return (await import('./postgres/index.ts')).openTestDatabase()
  }
  return databaseOf(await createTestPglite())
}

async function call(billing: BillingService, url: string, method: string, options: CallOptions = {}) {
  const { body, organization, key = testApiKey, headers = {} } = options
  const response = await billing.handler(
    new Request(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(organization ? { 'x-organization-id': organization } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  )
  const text = await response.text()
  return { status: response.status, text, headers: response.headers, json: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
