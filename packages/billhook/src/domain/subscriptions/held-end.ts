import { billingNow, type Context } from '../../context.ts'
import { lockOrganization } from '../../db/index.ts'
import { conflict, InvariantError } from '../../primitives/index.ts'
import type { BasePaymentProvider, Capabilities, PauseAbility } from '../../providers/provider.ts'
import { runOperation } from '../operations/index.ts'
import { isTerminal, readAndApply } from '../sync/index.ts'
import { billedAt, type ChangeInput, changeOf, unlessItHolds, unsupported } from './billed-change.ts'
import { applyPaused, applyResumed, manageResult } from './change-outcome.ts'
import { getRecord } from './get-subscription.ts'
import { putHold } from './hold-store.ts'
import type { SubscriptionRecord } from './store.ts'
import type { ManageResult } from './subscription.ts'
import { viewSubscription } from './view-subscription.ts'

/** Whether core schedules ends for a provider that can only end at once, by pausing the service there until then. */
export const emulatesEnd = ({ cancel, pause }: Capabilities): boolean =>
  !cancel.atPeriodEnd && cancel.immediately && pause.includes('service')

/** Whether its end is kept here because its provider cannot schedule it. */
export const isHeld = ({ row, bindings }: SubscriptionRecord): boolean =>
  row.cancelAt !== null && bindings.some(({ role, holdEndsAt }) => role === 'billing' && holdEndsAt !== null)

const scheduled =
  'The provider can only end a subscription at once: it is paused there, so that nothing is charged, and ended when the paid time is over.'
const released = 'The provider had paused the subscription until its end, and goes on with it.'

/**
 * Schedules the end of a subscription whose provider can only end at once: its service is paused there now, and a job ends it when what is
 * paid for is over. Somebody else's pause is left as it is. Errors: `unsupported` (422), `subscription_paused` (409) for a pause that may
 * charge before the end.
 */
export async function holdUntilEnd(ctx: Context, input: ChangeInput, known: SubscriptionRecord): Promise<ManageResult> {
  const { provider, externalSubscriptionId, bindingId } = billedAt(ctx, known)
  const pause = requirePause(provider)
  const holds = ({ row }: SubscriptionRecord) => isTerminal(row.status) || row.cancelAt !== null
  const record = await lookFirst(ctx, input, provider, externalSubscriptionId)
  if (holds(record)) return { outcome: 'applied', subscription: await viewSubscription(ctx, record) }
  const endsAt = endOf(record)
  const wanted = { externalSubscriptionId, kind: 'service', endsAt: endsAt.toISOString() } as const
  const isPausedBefore = requireHoldable(record)
  return unlessItHolds(ctx, input, holds, async (begin) => {
    const done = await runOperation(ctx, {
      ...changeOf(ctx, input, provider),
      kind: 'pause_subscription',
      input: wanted,
      target: { kind: 'subscription', externalId: externalSubscriptionId },
      begin: async (scope, operationId) => {
        // Whoever writes a snapshot writes the whole binding: one after the other, or the hold would be lost.
        await lockOrganization(scope)
        const latest = await begin(scope)
        if (requireHoldable(latest) !== isPausedBefore) throw pausedMeanwhile()
        await putHold(scope, bindingId, { endsAt: endOf(latest), status: latest.row.status, operationId })
      },
      call: async (operation) =>
        isPausedBefore
          ? { outcome: 'applied', subscription: await provider.retrieveSubscription(externalSubscriptionId) }
          : pause.pauseSubscription(wanted, operation),
      apply: applyPaused,
    })
    return manageResult(ctx, input, done, scheduled)
  })
}

/**
 * Takes such an end back: the provider goes on, unless somebody had paused it before. Error: `subscription_ended` (409) once the end has
 * come.
 */
export async function releaseHold(ctx: Context, input: ChangeInput, record: SubscriptionRecord): Promise<ManageResult> {
  const { provider, externalSubscriptionId } = billedAt(ctx, record)
  const pause = requirePause(provider)
  const now = await billingNow(ctx, provider.providerName)
  if (record.row.cancelAt && record.row.cancelAt <= now)
    throw conflict('subscription_ended', 'The end has come; subscribe anew.')
  const isPausedBefore = record.row.status === 'paused'
  const wanted = { externalSubscriptionId, kind: 'service' } as const
  const holds = ({ row }: SubscriptionRecord) => row.cancelAt === null
  return unlessItHolds(ctx, input, holds, async (begin) => {
    const done = await runOperation(ctx, {
      ...changeOf(ctx, input, provider),
      kind: 'resume_subscription',
      input: wanted,
      target: { kind: 'subscription', externalId: externalSubscriptionId },
      begin,
      call: async (operation) =>
        isPausedBefore
          ? { outcome: 'applied', subscription: await provider.retrieveSubscription(externalSubscriptionId) }
          : pause.resumeSubscription(wanted, operation),
      apply: applyResumed,
    })
    return manageResult(ctx, input, done, released)
  })
}

/** A pause tells nobody whose it is, so a pause of somebody else's must be known before ours is made: its event may be on its way. */
async function lookFirst(
  ctx: Context,
  input: ChangeInput,
  provider: BasePaymentProvider,
  externalId: string,
): Promise<SubscriptionRecord> {
  const { organizationId } = input
  await readAndApply(ctx, { organizationId, provider, kind: 'subscription', externalId, source: 'api' })
  return getRecord(ctx, input)
}

function requirePause(provider: BasePaymentProvider): PauseAbility {
  if (provider.pause && emulatesEnd(provider.capabilities)) return provider.pause
  const instead = 'Cancel it at once (at_period_end: false): what is paid for stays usable to its end.'
  throw unsupported(provider, 'cancel at the end of a period', instead)
}

/** Whether somebody has paused it already. Error: `subscription_paused` (409). */
function requireHoldable({ row }: SubscriptionRecord): boolean {
  if (row.pauseKind === null) return false
  if (row.pauseKind === 'service' && row.pauseResumesAt === null) return true
  throw conflict(
    'subscription_paused',
    'Its pause may end before the period does: resume it first, or cancel it at once.',
  )
}

const pausedMeanwhile = () =>
  conflict('change_in_progress', 'The subscription was paused or resumed a moment ago; try again.')

/** When what is paid for is over: never before the end of the period. */
function endOf({ row }: SubscriptionRecord): Date {
  const { paidThroughAt, currentPeriodEnd } = row
  const end =
    paidThroughAt && (!currentPeriodEnd || paidThroughAt > currentPeriodEnd) ? paidThroughAt : currentPeriodEnd
  if (!end) throw new InvariantError(`live subscription ${row.id} has no period`)
  return end
}
