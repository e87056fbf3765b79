import fc from 'fast-check'
import type { PauseKind, ProrationMode } from '../../src/providers/provider.ts'
import type { Crash } from './crash.ts'

export const plans = { starter: 'main', team: 'main', extra: 'extra' } as const
export type PlanKey = keyof typeof plans

/** What happens at the provider. `which` counts the subscriptions there are; a deed that is not possible then does not happen. */
export type Deed =
  | { does: 'subscribe'; owner: 0 | 1; plan: PlanKey; failsLater: boolean; trialDays: 0 | 14 }
  | { does: 'change_plan'; which: number; plan: PlanKey; proration: ProrationMode }
  | { does: 'change_quantity'; which: number; quantity: number; proration: ProrationMode }
  | { does: 'pause'; which: number; kind: PauseKind }
  | { [K in PlainDeed]: { does: K; which: number } }[PlainDeed]
  | { does: 'refund'; which: number; isWhole: boolean }
  /** Not at the provider but here, by a process that may die of it. */
  | { does: 'order'; which: number; what: Order }
  | { does: 'decide_dispute'; outcome: 'won' | 'lost' }
  | { does: 'wait'; for: 'P3D' | 'P1M' }

export type Order = 'end_now' | 'end_later' | 'reactivate' | 'five_seats' | 'pause' | 'resume'
type PlainDeed = 'resume' | 'reactivate' | 'cancel_now' | 'cancel_at_end' | 'pay_bill' | 'dispute' | 'agree'

/** Without a gap it happens in the same second as the one before. */
export type Step = Deed & { gap: '' | 'PT7S' | 'PT2H' }

/** What becomes of the deliveries, and of those who work on them. */
export interface Storm {
  /** How many processes share the database. */
  processes: number
  /** Decides for each delivery how often it comes, when, and to whom. */
  seed: number
  /** In a hundred deliveries, how many never come. */
  lost: number
  crashes: PlannedCrash[]
}

/** `round`: before the deliveries after that step; after the last step, before everything is compared. */
export interface PlannedCrash extends Crash {
  round: number
  process: number
}

export interface History {
  steps: Step[]
  storm: Storm
}

const which = fc.nat({ max: 3 })
const proration = fc.constantFrom<ProrationMode>('none', 'next_invoice', 'immediate')
const planKey = fc.constantFrom<PlanKey>('starter', 'team', 'extra')

const subscribe = fc.record({
  does: fc.constant('subscribe' as const),
  owner: fc.constantFrom(0 as const, 1 as const),
  plan: planKey,
  failsLater: fc.boolean(),
  trialDays: fc.constantFrom(0 as const, 0 as const, 14 as const),
})

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: subscribe },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('change_plan' as const), which, plan: planKey, proration }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('change_quantity' as const),
      which,
      quantity: fc.integer({ min: 1, max: 5 }),
      proration,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('pause' as const),
      which,
      kind: fc.constantFrom<PauseKind>('collection', 'service'),
    }),
  },
  {
    weight: 11,
    arbitrary: fc.record({
      does: fc.constantFrom(
        'resume' as const,
        'reactivate' as const,
        'cancel_now' as const,
        'cancel_at_end' as const,
        'pay_bill' as const,
        'dispute' as const,
        'agree' as const,
      ),
      which,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('order' as const),
      which,
      what: fc.constantFrom<Order>('end_now', 'end_later', 'reactivate', 'five_seats', 'pause', 'resume'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('refund' as const), which, isWhole: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('decide_dispute' as const),
      outcome: fc.constantFrom('won' as const, 'lost' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      for: fc.constantFrom('P3D' as const, 'P1M' as const, 'P1M' as const),
    }),
  },
)

const gap = fc.constantFrom('' as const, 'PT7S' as const, 'PT2H' as const)
const step = fc.tuple(deed, gap).map(([one, before]): Step => ({ ...one, gap: before }))
const first = subscribe.map((one): Step => ({ ...one, gap: '' }))

const crash: fc.Arbitrary<PlannedCrash> = fc.record({
  round: fc.nat({ max: 8 }),
  process: fc.nat({ max: 2 }),
  at: fc.constantFrom('statement' as const, 'statement' as const, 'commit' as const, 'call' as const),
  nth: fc.integer({ min: 1, max: 12 }),
  when: fc.constantFrom('before' as const, 'after' as const),
})

const storm: fc.Arbitrary<Storm> = fc.record({
  processes: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
  lost: fc.constantFrom(0, 0, 15, 50),
  crashes: fc.array(crash, { maxLength: 5 }),
})

export const histories: fc.Arbitrary<History> = fc.record({
  steps: fc
    .tuple(first, fc.array(step, { minLength: 1, maxLength: 7 }))
    .map(([beginning, rest]): Step[] => [beginning, ...rest]),
  storm,
})

/** The product line of a plan. */
export const liesIn = (plan: string | undefined): string | undefined =>
  Object.entries(plans).find(([key]) => key === plan)?.[1]
