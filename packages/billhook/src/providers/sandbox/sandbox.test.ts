import { describe, expect, it } from 'vitest'
import { ContractSteps } from '../../testing/contract/harness.ts'
import { contractHarnessOver, createSandboxHarness, type SandboxHarness } from '../../testing/sandbox-harness.ts'
import { testCards } from './index.ts'

const form = (fields: Record<string, string>): RequestInit => ({ body: new URLSearchParams(fields) })
const [pays, declines, , confirms] = testCards.map((card) => card.number)

const stepsOver = (sandbox: SandboxHarness) => new ContractSteps(contractHarnessOver(sandbox))

describe('the sandbox bills', () => {
  it('keeps the day of the month: anchored on 31 January it renews on 28 February, 31 March and 30 April', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-01-31T10:00:00Z' })
    const steps = stepsOver(sandbox)
    const { externalSubscriptionId } = await steps.subscribe()
    await sandbox.provider.advance('P3M')
    const invoices = await steps.invoices(externalSubscriptionId)
    expect(invoices.map((invoice) => invoice.createdAt.toISOString())).toEqual([
      '2026-01-31T10:00:00.000Z',
      '2026-02-28T10:00:00.000Z',
      '2026-03-31T10:00:00.000Z',
      '2026-04-30T10:00:00.000Z',
    ])
    expect(invoices.every((invoice) => invoice.status === 'paid' && invoice.amountPaid === 2900)).toBe(true)
    expect(new Set(invoices.map((invoice) => invoice.number)).size).toBe(4)
  })

  it('turns a failing card into past_due at renewal, tries after 3, 5 and 7 days, then leaves it unpaid and stops', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-03-01T00:00:00Z' })
    const steps = stepsOver(sandbox)
    const { externalSubscriptionId: id } = await steps.subscribe({ card: 'fails_later' })
    await sandbox.provider.advance('P31D')
    expect((await sandbox.provider.retrieveSubscription(id)).status).toBe('past_due')
    await sandbox.provider.advance('P10D')
    const after = await sandbox.provider.retrieveSubscription(id)
    const [, renewal] = await steps.invoices(id)
    expect(after.status).toBe('unpaid')
    expect(renewal?.status).toBe('open')
    expect(renewal?.amountRemaining).toBe(2900)
    expect(renewal?.nextPaymentAttemptAt).toBeNull()
    expect(renewal?.payments?.map((payment) => payment.attemptedAt?.toISOString())).toEqual([
      '2026-04-01T00:00:00.000Z',
      '2026-04-04T00:00:00.000Z',
      '2026-04-06T00:00:00.000Z',
      '2026-04-08T00:00:00.000Z',
    ])
    await sandbox.provider.advance('P1Y')
    expect(await steps.invoices(id)).toHaveLength(2)
  })

  it('makes one subscription out of two clicks at once', async () => {
    const sandbox = createSandboxHarness()
    const steps = stepsOver(sandbox)
    const { externalCustomerId } = await steps.customer()
    const { externalPriceId } = await steps.price()
    const session = await steps.checkout({ externalCustomerId, externalPriceId })
    const path = new URL(session.url ?? '').pathname
    const answers = await Promise.all([1, 2].map(() => sandbox.call('POST', path, form({ card: pays ?? '' }))))
    expect(answers.map((answer) => answer.status)).toEqual([303, 303])
    expect((await sandbox.provider.listSubscriptions({ externalCustomerId })).data).toHaveLength(1)
    expect((await sandbox.provider.listInvoices({ externalCustomerId })).data).toHaveLength(1)
  })

  it('asks for confirmation once, and charges only after it', async () => {
    const sandbox = createSandboxHarness()
    const steps = stepsOver(sandbox)
    const { externalCustomerId } = await steps.customer()
    const { externalPriceId } = await steps.price()
    const session = await steps.checkout({ externalCustomerId, externalPriceId })
    const path = new URL(session.url ?? '').pathname
    const asked = await sandbox.call('POST', path, form({ card: confirms ?? '' }))
    expect(asked.status).toBe(200)
    expect(await asked.text()).toContain('Confirm with your bank')
    expect((await sandbox.provider.retrieveCheckoutSession(session.externalSessionId)).status).toBe('open')
    const refused = await sandbox.call('POST', path, form({ card: confirms ?? '', confirm: 'no' }))
    expect(refused.status).toBe(402)
    const confirmed = await sandbox.call('POST', path, form({ card: confirms ?? '', confirm: 'yes' }))
    expect(confirmed.status).toBe(303)
    expect((await sandbox.provider.retrieveCheckoutSession(session.externalSessionId)).status).toBe('complete')
  })

  it('shows a declined card on the page, leaves the session open and makes nothing', async () => {
    const sandbox = createSandboxHarness()
    const steps = stepsOver(sandbox)
    const { externalCustomerId } = await steps.customer()
    const { externalPriceId } = await steps.price()
    const session = await steps.checkout({ externalCustomerId, externalPriceId })
    const answer = await sandbox.call('POST', new URL(session.url ?? '').pathname, form({ card: declines ?? '' }))
    expect(answer.status).toBe(402)
    expect(await answer.text()).toContain('The card was declined')
    expect((await sandbox.provider.retrieveCheckoutSession(session.externalSessionId)).status).toBe('open')
    expect((await sandbox.provider.listInvoices({ externalCustomerId })).data).toHaveLength(0)
  })
})
