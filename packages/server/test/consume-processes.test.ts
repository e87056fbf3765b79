import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, describeWithPostgres } from '../../billhook/src/testing/postgres/index.ts'
import { type ServiceRun, startService, temporaryDirectory } from './run-service.ts'

const apiKey = 'bh_consume_in_processes_0123456789'
const limit = 40

describeWithPostgres('Two processes of the service on one database', () => {
  const processes: ServiceRun[] = []
  const undo: Array<() => unknown> = []
  const ask = async (member: number, method: string, path: string, body?: object) => {
    const response = await fetch(`${processes[member]?.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        ...(path.startsWith('/entitlements') || path.startsWith('/usage') ? { 'x-organization-id': 'acme' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  }

  beforeAll(async () => {
    const { url, drop } = await createTestDatabase()
    const { directory, remove } = await temporaryDirectory()
    undo.push(remove, drop)
    const environment = { DATABASE_URL: url, BILLHOOK_API_KEY: apiKey, NODE_ENV: 'test' }
    processes.push(...(await Promise.all([1, 2].map(() => startService({ directory, environment })))))
    const terms = { limit, meter: 'tokens', thresholds: [100] }
    for (const [path, body] of [
      ['/meters/', { key: 'tokens', aggregation: 'sum' }],
      ['/plans/', { key: 'free', name: 'Free', is_default: true, limits: { tokens: terms } }],
      [
        '/organizations/',
        { external_id: 'acme', name: 'a', email: 'a@a.test', country: 'DE', currency: 'EUR', timezone: 'UTC' },
      ],
    ] as const)
      expect((await ask(0, 'POST', path, body)).status, path).toBe(201)
  }, 240_000)
  afterAll(async () => {
    for (const run of processes) await run.stop()
    for (const step of undo) await step()
  })

  it('give 32 callers at once the last units, each to one of them, and not one more', async () => {
    expect(new Set(processes.map(({ pid }) => pid)).size).toBe(2)
    let next = 0
    let taken = 0
    const caller = async (member: number): Promise<void> => {
      for (let n = next++; n < 320; n = next++) {
        const body = { id: `c${n}`, quantity: 1 }
        const { status, json } = await ask(member, 'POST', '/entitlements/tokens/consume/', body)
        expect(status).toBe(200)
        if (json.allowed) taken += 1
      }
    }
    await Promise.all(Array.from({ length: 32 }, (_, n) => caller(n % 2)))
    expect(taken).toBe(limit)
    for (const member of [0, 1]) {
      expect((await ask(member, 'GET', '/usage/?meter=tokens')).json).toMatchObject({ value: limit })
      expect((await ask(member, 'GET', '/entitlements/tokens/')).json).toMatchObject({ used: limit, remaining: 0 })
    }
  }, 120_000)
})
