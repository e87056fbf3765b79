import { IntervalUnit } from '@paypal/paypal-server-sdk'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Funding, HeldSubscription, PaypalEvent } from './objects.ts'
import { freeTrial, monthly, openTestAccount, type TestAccount } from './test-account.ts'

type Step =
  | { kind: 'wait'; days: number }
  | { kind: 'fund'; funding: Funding }
  | { kind: 'suspend' }
  | { kind: 'resume' }
  | { kind: 'agree' }

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 70 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('fund' as const), funding: fc.constantFrom<Funding>('pays', 'declines') }),
  },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ kind: 'suspend' }, { kind: 'resume' }, { kind: 'agree' }) },
)
const life = fc.record({
  steps: fc.array(steps, { minLength: 1, maxLength: 12 }),
  hasTrial: fc.boolean(),
  days: fc.constantFrom(null, 1, 7),
  autoBillOutstanding: fc.boolean(),
  total: fc.constantFrom(0, 3),
})
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never

/** Lives through the steps; waits for so many days at once, or for each of them. */
async function live(plan: Life, isDayByDay: boolean) {
  const account = await openTestAccount({ startAt: '2027-01-31T12:00:00Z' })
  const { events, state, stop } = account.emulator
  try {
    const id = await subscribeTo(account, plan)
    const held = state.subscriptions.get(id)
    if (!held?.billing) throw new Error('it has begun')
    for (const step of plan.steps) await take(account, held, step, isDayByDay)
    return { events, sales: [...state.sales.values()], held, billing: held.billing }
  } finally {
    await stop()
  }
}

async function subscribeTo(account: TestAccount, plan: Life): Promise<string> {
  const frequency = plan.days ? { intervalUnit: IntervalUnit.Day, intervalCount: plan.days } : monthly.frequency
  const regular = { ...monthly, frequency, totalCycles: plan.total }
  const planId = await account.createPlan({
    billingCycles: plan.hasTrial ? [freeTrial, { ...regular, sequence: 2 }] : [regular],
    paymentPreferences: { autoBillOutstanding: plan.autoBillOutstanding, paymentFailureThreshold: 3 },
  })
  return account.subscribe({ planId })
}

async function take({ emulator, paypal }: TestAccount, held: HeldSubscription, step: Step, isDayByDay: boolean) {
  const { id, status, planId } = held
  if (step.kind === 'wait') {
    const waits = isDayByDay ? Array.from({ length: step.days }, () => 'P1D') : [`P${step.days}D`]
    for (const wait of waits) emulator.clock.advance(wait)
  } else if (step.kind === 'fund') emulator.changeFunding(id, step.funding)
  else if (step.kind === 'agree' && status === 'ACTIVE') {
    await paypal.reviseSubscription({ id, body: { planId } })
    emulator.approve(id)
  } else if (step.kind === 'suspend' && status === 'ACTIVE') emulator.suspendAtPaypal(id)
  else if (step.kind === 'resume' && status === 'SUSPENDED' && (held.billing?.failures ?? 0) < 3) {
    emulator.resumeAtPaypal(id)
  }
}

describe('the life of a subscription', () => {
  it('is the same whether time passes at once or day by day', async () => {
    const whatOf = ({ event_type, create_time }: PaypalEvent) => [event_type, create_time]
    await fc.assert(
      fc.asyncProperty(life, async (plan) => {
        const [whole, stepwise] = [await live(plan, false), await live(plan, true)]
        expect(stepwise.events.map(whatOf)).toEqual(whole.events.map(whatOf))
        expect(stepwise.held).toEqual(whole.held)
      }),
      { numRuns: 40, seed: 7 },
    )
  })

  it('loses no money and asks for none twice: what was paid and what is owed is what its cycles cost', async () => {
    await fc.assert(
      fc.asyncProperty(life, async (plan) => {
        const { sales, held, billing } = await live(plan, false)
        const taken = sales.filter(({ state }) => state === 'completed').map(({ amount }) => amount)
        const paid = taken.reduce((sum, amount) => sum + amount, 0)
        const charged = billing.completed[held.terms.cycles.length] ?? 0
        expect(billing.outstanding).toBeGreaterThanOrEqual(0)
        // A cycle that is being collected is neither paid nor debt yet, and is not counted as completed.
        expect(paid + billing.outstanding).toBe(charged * 2000)
      }),
      { numRuns: 60, seed: 11 },
    )
  })
})
