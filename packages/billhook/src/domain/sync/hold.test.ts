import { describe, expect, it } from 'vitest'
import { day, subscriptionData, subscriptionRow } from '../../../test/support/samples.ts'
import type { SubscriptionData } from '../../providers/provider.ts'
import { type Hold, seeThroughHold } from './hold.ts'
import type { SyncState } from './state.ts'
import type { BindingRow, SubscriptionRow } from './store.ts'

const hold: Hold = {
  endsAt: day(31),
  status: 'active',
  operationId: 'bhop_pause',
  isAsked: false,
  isReleasing: false,
}
const paused: Partial<SubscriptionData> = {
  status: 'paused',
  pause: { kind: 'service', from: day(10), resumesAt: null },
  currentPeriodEnd: day(31),
}

interface Known {
  hold?: Partial<Hold>
  row?: Partial<SubscriptionRow>
  externalStatus?: BindingRow['externalStatus']
  debts?: SyncState['debts']
}

const see = (known: Known, snapshot: Partial<SubscriptionData>, releases = false) => {
  const state = {
    hold: { ...hold, ...known.hold },
    binding: { externalStatus: known.externalStatus ?? 'paused' },
    subscription: subscriptionRow(known.row),
    debts: known.debts ?? [],
  } as unknown as SyncState
  const seen = seeThroughHold(state, subscriptionData(snapshot), { releases })
  const { status, pause, cancelAt } = seen.snapshot
  return { status, pause: pause?.kind ?? null, cancelAt, isHeld: seen.hold !== null, isTakenBack: seen.isTakenBack }
}

const ending = { status: 'active', pause: null, cancelAt: day(31), isHeld: true, isTakenBack: false }
const running = { status: 'active', pause: null, cancelAt: null }

describe('a subscription that is held until its end', () => {
  it.each<[string, Known, Partial<SubscriptionData>, object]>([
    ['is what it was while it is paused', {}, paused, ending],
    ['is a trial still, where it was one', { hold: { status: 'trialing' } }, paused, { ...ending, status: 'trialing' }],
    ...(['past_due', 'unpaid'] as const).flatMap<[string, Known, Partial<SubscriptionData>, object]>((status) => [
      [
        `is ${status}, where it was, while a bill is open`,
        { hold: { status }, debts: [{ invoiceId: 'bhinv_1', since: day(9) }] },
        paused,
        { ...ending, status },
      ],
      [`is ${status} no more once every bill is paid`, { hold: { status } }, paused, ending],
    ]),
    [
      'is paused for the product, too, where somebody had paused it before',
      { hold: { status: 'paused' } },
      paused,
      { ...ending, status: 'paused', pause: 'service' },
    ],
    [
      'is as it is shown until the pause is seen',
      { hold: { isAsked: true } },
      {},
      { ...running, isHeld: true, isTakenBack: false },
    ],
    ['is held as soon as the pause is seen, whoever tells of it first', { hold: { isAsked: true } }, paused, ending],
    ['goes on where somebody let it go on', {}, {}, { ...running, isHeld: false, isTakenBack: true }],
    [
      'goes on where we asked it to',
      { hold: { isReleasing: true } },
      {},
      { ...running, isHeld: false, isTakenBack: false },
    ],
    [
      'goes on where only its collection is paused',
      {},
      { pause: { kind: 'collection', from: day(11), resumesAt: null } },
      { isHeld: false, isTakenBack: true },
    ],
    [
      'stays held where a debt that has stopped it hides the pause: it does not charge',
      { hold: { status: 'past_due' } },
      { status: 'unpaid' },
      { status: 'unpaid', pause: null, cancelAt: day(31), isHeld: true, isTakenBack: false },
    ],
    [
      'has ended where it has ended',
      {},
      { status: 'canceled', endedAt: day(12) },
      { status: 'canceled', cancelAt: null, isHeld: false, isTakenBack: false },
    ],
    [
      'ends when all that is paid for is over',
      { row: { paidThroughAt: day(59) } },
      paused,
      { ...ending, cancelAt: day(59) },
    ],
    [
      'ends with the period that it was in when it was paused',
      { externalStatus: 'active' },
      { ...paused, currentPeriodEnd: day(59) },
      { ...ending, cancelAt: day(59) },
    ],
    [
      'does not move with a period that a provider goes on counting while it is paused',
      {},
      { ...paused, currentPeriodEnd: day(59) },
      ending,
    ],
  ])('%s', (_, known, snapshot, expected) => {
    expect(see(known, snapshot)).toMatchObject(expected)
  })

  it('shows somebody’s pause again once the end is taken back', () => {
    expect(see({ hold: { status: 'paused' } }, paused, true)).toMatchObject({
      status: 'paused',
      pause: 'service',
      cancelAt: null,
      isHeld: false,
    })
  })
})
