import type { History, Storm } from './history.ts'

const calm: Storm = { processes: 1, seed: 0, lost: 0, crashes: [] }
const buy = { does: 'subscribe', owner: 0, plan: 'starter', failsLater: false, trialDays: 0, gap: '' } as const
const at = { which: 0, gap: '' } as const

/** Histories that found something, at their smallest, and what was wrong. */
export const regressions: ReadonlyArray<{ world: string; was: string; history: History }> = [
  {
    world: 'sandbox',
    was: 'the sandbox stopped to collect the bills of what had ended, and told nobody',
    history: {
      steps: [
        { ...buy, failsLater: true },
        { does: 'wait', for: 'P1M', gap: '' },
        { does: 'cancel_now', ...at },
      ],
      storm: calm,
    },
  },
  {
    world: 'sandbox',
    was: 'an old subscription whose beginning was heard of after its end and after its successor passed for a duplicate',
    history: { steps: [buy, { does: 'cancel_now', ...at }, buy, { ...buy, owner: 1 }], storm: { ...calm, seed: 3 } },
  },
  {
    world: 'stripe',
    was: 'nobody asked what had become of the attempt to collect a bill that was then voided',
    history: {
      steps: [
        { ...buy, failsLater: true },
        { does: 'change_plan', ...at, plan: 'team', proration: 'immediate' },
        { does: 'wait', for: 'P3D', gap: '' },
      ],
      storm: calm,
    },
  },
  {
    world: 'stripe',
    was: 'a dispute that came before its payment was known was put aside as none of ours, for ever',
    history: {
      steps: [
        buy,
        { does: 'change_quantity', ...at, quantity: 5, proration: 'immediate', gap: 'PT7S' },
        { does: 'dispute', ...at },
      ],
      storm: calm,
    },
  },
  {
    world: 'stripe',
    was: 'a dispute whose payment nobody was told of was to come to an end before the comparison that brings its payment',
    history: {
      steps: [buy, { does: 'dispute', ...at }, { does: 'decide_dispute', outcome: 'won', gap: '' }],
      storm: { ...calm, seed: 84_665_766, lost: 50 },
    },
  },
  {
    world: 'stripe',
    was: 'a period first heard of once its trial was paused passed for one that is paid',
    history: {
      steps: [
        buy,
        { ...buy, plan: 'extra', trialDays: 14 },
        { does: 'pause', which: 1, kind: 'service', gap: 'PT2H' },
        { does: 'wait', for: 'P1M', gap: '' },
      ],
      storm: {
        ...calm,
        seed: 1_317_344_520,
        crashes: [{ round: 1, process: 0, at: 'commit', nth: 9, when: 'before' }],
      },
    },
  },
  {
    world: 'paypal',
    was: 'a refund that came before its subscription was known did not say whose it was, and was put aside as none of ours, for ever',
    history: {
      steps: [buy, { does: 'refund', ...at, isWhole: true }],
      storm: { ...calm, processes: 3, seed: 21 },
    },
  },
]
