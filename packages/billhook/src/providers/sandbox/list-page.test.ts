import { describe, expect, it } from 'vitest'
import { ContractSteps } from '../../testing/contract/steps.ts'
import { contractHarnessOver, createSandboxHarness } from '../../testing/sandbox-harness.ts'

describe('lists of the sandbox', () => {
  it('give every row once, page by page, also when rows are added meanwhile', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-01-01T00:00:00Z' })
    const steps = new ContractSteps(contractHarnessOver(sandbox))
    const { externalSubscriptionId } = await steps.subscribe({ price: { interval: 'day' } })
    await sandbox.provider.advance('P220D')
    const first = await sandbox.provider.listInvoices({ externalSubscriptionId })
    expect(first.data).toHaveLength(100)
    await sandbox.provider.advance('P1D')
    const ids = (await steps.invoices(externalSubscriptionId)).map(({ externalInvoiceId }) => externalInvoiceId)
    expect(ids).toHaveLength(222)
    expect(new Set(ids).size).toBe(222)
  })

  it('show one customer nothing of another, and refuse a cursor of another list', async () => {
    const sandbox = createSandboxHarness()
    const steps = new ContractSteps(contractHarnessOver(sandbox))
    const mine = await steps.subscribe()
    const theirs = await steps.subscribe()
    const { data } = await sandbox.provider.listSubscriptions({ externalCustomerId: mine.externalCustomerId })
    expect(data).toEqual([mine])
    const { externalCustomerId } = theirs
    const both = { externalCustomerId, externalSubscriptionId: mine.externalSubscriptionId }
    expect(await sandbox.provider.listInvoices(both)).toEqual({ data: [], nextCursor: null })
    const cursor = `list/subscription/${mine.externalCustomerId}/000000000001`
    const foreign = sandbox.provider.listSubscriptions({ externalCustomerId, cursor })
    await expect(foreign).rejects.toMatchObject({ code: 'provider_rejected' })
  })
})
