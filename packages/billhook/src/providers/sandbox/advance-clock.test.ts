import { describe, expect, it } from 'vitest'
import { ContractSteps } from '../../testing/contract/steps.ts'
import { contractHarnessOver, createSandboxHarness, type SandboxHarness } from '../../testing/sandbox-harness.ts'

const stepsOver = (sandbox: SandboxHarness) => new ContractSteps(contractHarnessOver(sandbox))
const advance = (sandbox: SandboxHarness, body: unknown) =>
  sandbox.call('POST', '/sandbox/clock/advance', { body: typeof body === 'string' ? body : JSON.stringify(body) })

describe('the sandbox clock', () => {
  it('is open to platform keys alone', () => {
    const route = createSandboxHarness().provider.routes.find(({ path }) => path === '/clock/advance')
    expect(route?.auth).toBe('platform')
  })

  it('answers once every webhook of the time that passed is acknowledged', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-03-01T00:00:00Z' })
    await stepsOver(sandbox).subscribe()
    await sandbox.provider.tick()
    sandbox.captured.length = 0
    const answer = await advance(sandbox, { by: 'P32D' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ now: '2026-04-02T00:00:00.000Z', delivered: 4, pending: 0 })
    expect(sandbox.captured).toHaveLength(4)
  })

  it('moves through the boundaries of all subscriptions in their common order', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-03-01T00:00:00Z' })
    const steps = stepsOver(sandbox)
    await steps.subscribe({ price: { interval: 'week' } })
    await sandbox.provider.advance('P1D')
    await steps.subscribe({ price: { interval: 'day', intervalCount: 5 } })
    await sandbox.provider.advance('P20D')
    const { data } = await sandbox.provider.listInvoices({})
    const inOrder = data.toSorted((a, b) => (a.number ?? '').localeCompare(b.number ?? ''))
    const times = inOrder.map(({ createdAt }) => createdAt.getTime())
    expect(times).toHaveLength(9)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('signs by the wall clock what happened by the billing clock', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-03-01T00:00:00Z' })
    const steps = stepsOver(sandbox)
    await steps.subscribe()
    await steps.nextEvents()
    await sandbox.provider.advance('P1Y')
    const events = await steps.nextEvents()
    expect(events.at(-1)?.occurredAt?.toISOString()).toBe('2027-03-01T00:00:00.000Z')
  })

  it.each([
    ['no JSON', 'P1M', 'invalid_request'],
    ['no duration', { by: 'a month' }, 'invalid_duration'],
    ['a duration with a direction', { by: '-P1M' }, 'invalid_duration'],
    ['nothing', {}, 'invalid_request'],
    ['more than five years', { by: 'P5Y1D' }, 'duration_too_long'],
  ])('refuses %s with a problem, and stays where it is', async (_what, body, code) => {
    const sandbox = createSandboxHarness()
    const before = await sandbox.provider.now()
    const answer = await advance(sandbox, body)
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ code, status: 400 })
    expect(await sandbox.provider.now()).toEqual(before)
  })

  it('says what was not acknowledged, and keeps it for later', async () => {
    const sandbox = createSandboxHarness()
    await stepsOver(sandbox).subscribe()
    await sandbox.provider.tick()
    sandbox.answer.status = 500
    const answer = await advance(sandbox, { by: 'P32D' })
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({
      code: 'webhooks_not_delivered',
      delivered: 0,
      pending: 4,
      failures: [{ type: 'invoice.created', error: 'answered 500' }],
    })
    sandbox.answer.status = 200
    expect(await (await advance(sandbox, { by: 'PT0S' })).json()).toMatchObject({ delivered: 4, pending: 0 })
  })

  it('never goes back, even when the wall clock does', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-03-01T00:00:00Z' })
    await sandbox.provider.advance('P1M')
    sandbox.clock.set('2026-02-01T00:00:00Z')
    expect((await sandbox.provider.now()).toISOString()).toBe('2026-04-01T00:00:00.000Z')
    sandbox.clock.set('2026-03-01T01:00:00Z')
    expect((await sandbox.provider.now()).toISOString()).toBe('2026-04-01T01:00:00.000Z')
  })

  it('broken off in the middle bills nothing twice and sends everything when it goes on', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-03-01T00:00:00Z' })
    const steps = stepsOver(sandbox)
    const { externalSubscriptionId } = await steps.subscribe()
    await steps.nextEvents()
    sandbox.stateStore.loseNextAnswer()
    await expect(sandbox.provider.advance('P3M')).rejects.toMatchObject({ outcome: 'unknown' })
    await sandbox.provider.tick()
    const times = (await steps.invoices(externalSubscriptionId)).map(({ createdAt }) =>
      createdAt.toISOString().slice(0, 10),
    )
    expect(times).toEqual(['2026-03-01', '2026-04-01', '2026-05-01', '2026-06-01'])
    expect(await steps.nextEvents()).toHaveLength(12)
  })

  it('goes on where it was in another process', async () => {
    const first = createSandboxHarness()
    await first.provider.advance('P1Y')
    const second = createSandboxHarness({ stateStore: first.stateStore })
    expect(await second.provider.now()).toEqual(await first.provider.now())
  })
})
