import { describe, expect, it } from 'vitest'
import type { RawWebhook } from '../../testing/contract/harness.ts'
import { ContractSteps } from '../../testing/contract/steps.ts'
import { contractHarnessOver, createSandboxHarness, type SandboxHarness } from '../../testing/sandbox-harness.ts'
import { SandboxProvider } from './index.ts'

const stepsOver = (sandbox: SandboxHarness) => new ContractSteps(contractHarnessOver(sandbox))
const bodyOf = ({ body }: RawWebhook) => JSON.parse(new TextDecoder().decode(body))
const idOf = ({ headers }: RawWebhook) => headers.get('webhook-id')

describe('sandbox webhooks', () => {
  it('come in the order in which things happened, under a sequence that rises', async () => {
    const sandbox = createSandboxHarness()
    await stepsOver(sandbox).subscribe()
    await sandbox.provider.tick()
    const bodies = sandbox.captured.map(bodyOf)
    expect(bodies.map(({ type }) => type)).toEqual([
      'checkout.completed',
      'subscription.created',
      'invoice.created',
      'invoice.finalized',
      'invoice.paid',
    ])
    expect(bodies.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5])
  })

  it('not acknowledged wait, are sent again as the same bytes under the same id, and what follows waits behind them', async () => {
    const sandbox = createSandboxHarness()
    const attempts: RawWebhook[] = []
    sandbox.onRequest = (webhook) => attempts.push(webhook)
    sandbox.answer.status = 503
    await stepsOver(sandbox).subscribe()
    await sandbox.provider.tick()
    expect(attempts).toHaveLength(1)
    sandbox.answer.status = 200
    await sandbox.provider.tick()
    expect(attempts).toHaveLength(1)
    sandbox.clock.advanceMs(5000)
    await sandbox.provider.tick()
    expect(attempts).toHaveLength(6)
    expect(attempts[1]?.body).toEqual(attempts[0]?.body)
    expect(attempts.slice(0, 2).map(idOf)).toEqual([
      bodyOf(attempts[0] as RawWebhook).id,
      bodyOf(attempts[0] as RawWebhook).id,
    ])
  })

  it('of one customer that fail do not hold up those of another', async () => {
    const sandbox = createSandboxHarness()
    const steps = stepsOver(sandbox)
    const stuck = await steps.subscribe()
    sandbox.captured.length = 0
    sandbox.answer.statusOf = ({ body }) =>
      new TextDecoder().decode(body).includes(stuck.externalCustomerId) ? 500 : 200
    await steps.cancel(stuck.externalSubscriptionId, false)
    const other = await steps.subscribe()
    await sandbox.provider.tick()
    const customers = new Set(sandbox.captured.map((webhook) => bodyOf(webhook).data.customer))
    expect(customers).toContain(other.externalCustomerId)
  })

  it('survive the process: another one over the same store sends what the first could not', async () => {
    const sandbox = createSandboxHarness()
    sandbox.answer.status = 500
    await stepsOver(sandbox).subscribe()
    await sandbox.provider.tick()
    sandbox.answer.status = 200
    sandbox.clock.advanceMs(60_000)
    const next = new SandboxProvider(sandbox.host)
    expect(await next.tick()).toBe(5)
    for (const { body, headers } of sandbox.captured) {
      await expect(
        sandbox.provider.constructWebhookEvent(body, headers, { now: sandbox.clock.now() }),
      ).resolves.toHaveLength(1)
    }
  })

  it('that nobody ever takes are set aside in the end, and the line goes on', async () => {
    const sandbox = createSandboxHarness()
    sandbox.answer.statusOf = (webhook) => (bodyOf(webhook).type === 'checkout.completed' ? 500 : 200)
    await stepsOver(sandbox).subscribe()
    for (let attempt = 0; attempt < 12; attempt += 1) {
      await sandbox.provider.tick()
      sandbox.clock.advanceMs(24 * 60 * 60 * 1000)
    }
    expect(sandbox.captured.map((webhook) => bodyOf(webhook).type)).toContain('subscription.created')
    expect(await sandbox.stateStore.list('undelivered/')).toHaveLength(1)
  })

  it('are sent by one process at a time', async () => {
    const sandbox = createSandboxHarness()
    const second = new SandboxProvider(sandbox.host)
    sandbox.answer.status = 500
    await stepsOver(sandbox).subscribe()
    await sandbox.provider.tick()
    sandbox.answer.status = 200
    sandbox.clock.advanceMs(60_000)
    await Promise.all([sandbox.provider.tick(), second.tick(), sandbox.provider.tick(), second.tick()])
    const ids = sandbox.captured.map(idOf)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toHaveLength(5)
  })
})
