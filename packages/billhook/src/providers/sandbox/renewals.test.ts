import { describe, expect, it } from 'vitest'
import { ContractSteps } from '../../testing/contract/steps.ts'
import {
  cardNumber,
  contractHarnessOver,
  createSandboxHarness,
  type SandboxHarness,
} from '../../testing/sandbox-harness.ts'

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

  it('takes an unpaid subscription back once its invoice is paid with a card that works, in a period that starts then', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-03-01T00:00:00Z' })
    const steps = stepsOver(sandbox)
    const { externalSubscriptionId: id } = await steps.subscribe({ card: 'fails_later' })
    await sandbox.provider.advance('P90D')
    const [, renewal] = await steps.invoices(id)
    const body = new URLSearchParams({ card: cardNumber('pays') })
    const answer = await sandbox.call('POST', new URL(renewal?.hostedUrl ?? '').pathname, { body })
    expect(answer.status).toBe(303)
    expect(await sandbox.provider.retrieveSubscription(id)).toMatchObject({
      status: 'active',
      currentPeriodStart: new Date('2026-05-30T00:00:00Z'),
      currentPeriodEnd: new Date('2026-06-30T00:00:00Z'),
    })
    await sandbox.provider.advance('P1M')
    expect((await steps.invoices(id)).map(({ status }) => status)).toEqual(['paid', 'paid', 'paid', 'paid'])
  })

  it('announces the end of a trial three days before, once, then makes the first charge', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-03-01T00:00:00Z' })
    const steps = stepsOver(sandbox)
    const { externalSubscriptionId: id } = await steps.subscribe({ trialDays: 14 })
    await steps.nextEvents()
    await sandbox.provider.advance('P20D')
    const events = await steps.nextEvents()
    expect(events.map(({ type, occurredAt }) => [type, occurredAt?.toISOString()])).toEqual([
      ['subscription.trial_will_end', '2026-03-12T00:00:00.000Z'],
      ['invoice.created', '2026-03-15T00:00:00.000Z'],
      ['invoice.finalized', '2026-03-15T00:00:00.000Z'],
      ['invoice.paid', '2026-03-15T00:00:00.000Z'],
      ['subscription.updated', '2026-03-15T00:00:00.000Z'],
    ])
    expect((await sandbox.provider.retrieveSubscription(id)).billingAnchorAt).toEqual(new Date('2026-03-15T00:00:00Z'))
  })

  it('renews by itself when the wall clock passes the boundary, at the boundary and not when somebody looked', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-03-01T00:00:00Z' })
    const steps = stepsOver(sandbox)
    const { externalSubscriptionId: id } = await steps.subscribe()
    sandbox.clock.set('2026-05-03T12:00:00Z')
    await sandbox.provider.tick()
    expect((await steps.invoices(id)).map(({ createdAt }) => createdAt.toISOString())).toEqual([
      '2026-03-01T00:00:00.000Z',
      '2026-04-01T00:00:00.000Z',
      '2026-05-01T00:00:00.000Z',
    ])
  })

  it('settles what was due before a change, so a late cancel comes after the renewal it missed', async () => {
    const sandbox = createSandboxHarness({ startAt: '2026-03-01T00:00:00Z' })
    const steps = stepsOver(sandbox)
    const { externalSubscriptionId: id } = await steps.subscribe()
    sandbox.clock.set('2026-04-02T00:00:00Z')
    const { subscription } = await steps.cancel(id, true)
    expect(subscription.cancelAt).toEqual(new Date('2026-05-01T00:00:00Z'))
    expect(await steps.invoices(id)).toHaveLength(2)
  })
})
