import { billingNow, type Context } from '../../context.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import { errorMessage, InvariantError } from '../../primitives/index.ts'
import type { BasePaymentProvider } from '../../providers/provider.ts'
import { openAlert, resolveAlertAbout } from '../alerts/index.ts'
import { runOperation } from '../operations/index.ts'
import { readAndApply } from '../sync/index.ts'
import { applyCanceled } from './change-outcome.ts'
import { getRecord } from './get-subscription.ts'
import { type DueHold, listDueHolds, postponeHold } from './hold-store.ts'

const retryAfterMs = 600_000
const alertKind = 'scheduled_end_failed'

/** For a job: ends at their providers the subscriptions whose kept end has come. Answers how many were looked at. */
export async function endHeldSubscriptions(ctx: Context): Promise<number> {
  let looked = 0
  for (const provider of ctx.providers.all()) {
    const at = await billingNow(ctx, provider.providerName)
    const due = { provider: provider.providerName, at, now: ctx.clock.now(), limit: 20 }
    for (const hold of await asPlatform(ctx.db, (scope) => listDueHolds(scope, due))) {
      await endOne(ctx, provider, hold, at)
      looked += 1
    }
  }
  return looked
}

async function endOne(ctx: Context, provider: BasePaymentProvider, due: DueHold, at: Date): Promise<void> {
  const { organizationId, subscriptionId, bindingId, endsAt } = due
  try {
    // What was paid meanwhile moves the end, somebody may have let it go on, and an intent that failed holds nothing.
    const held = await readHeld(ctx, provider, due)
    if (held && held.endsAt <= at) await endNow(ctx, provider, due, held)
  } catch (error) {
    const facts = { subscription_id: subscriptionId, error: errorMessage(error) }
    ctx.logger.warn(facts, 'a scheduled end could not be carried out')
    await inOrganization(ctx.db, organizationId, async (scope) => {
      await postponeHold(scope, bindingId, new Date(ctx.clock.now().getTime() + retryAfterMs))
      if (!endsAt || endsAt > at) return
      await openAlert(scope, ctx, {
        kind: alertKind,
        subject: subscriptionId,
        severity: 'critical',
        detail: `The end of subscription ${subscriptionId} has come, and ${provider.providerName} has not ended it: ${errorMessage(error)} It is tried again.`,
      })
    })
  }
}

interface HeldSubscription {
  externalSubscriptionId: string
  endsAt: Date
}

/** What is held now, after a look at the provider. Null: nothing any more. */
async function readHeld(ctx: Context, provider: BasePaymentProvider, due: DueHold): Promise<HeldSubscription | null> {
  const find = async () => {
    const { bindings } = await getRecord(ctx, due)
    return bindings.find(({ id }) => id === due.bindingId)
  }
  const externalId = (await find())?.externalSubscriptionId
  if (externalId === undefined) return null
  const { organizationId } = due
  await readAndApply(ctx, { organizationId, provider, kind: 'subscription', externalId, source: 'timer' })
  const endsAt = (await find())?.holdEndsAt
  return endsAt ? { externalSubscriptionId: externalId, endsAt } : null
}

async function endNow(
  ctx: Context,
  provider: BasePaymentProvider,
  { organizationId, subscriptionId, bindingId }: DueHold,
  { externalSubscriptionId, endsAt }: HeldSubscription,
): Promise<void> {
  const input = { externalSubscriptionId, atPeriodEnd: false, endsAt: endsAt.toISOString() }
  const done = await runOperation(ctx, {
    kind: 'cancel_subscription',
    provider: provider.providerName,
    businessKey: `scheduled_end:${bindingId}:${input.endsAt}`,
    retriesFailure: true,
    organizationId,
    subscriptionId,
    input,
    target: { kind: 'subscription', externalId: externalSubscriptionId },
    call: (operation) => provider.cancelSubscription(input, operation),
    apply: applyCanceled,
  })
  // A lost answer is looked up; until then the hold is not due.
  if (done.status !== 'succeeded') return
  const { row } = await getRecord(ctx, { organizationId, subscriptionId })
  if (row.endedAt === null)
    throw new InvariantError(`${provider.providerName} says it is ended and shows it as ${row.status}.`)
  await asPlatform(ctx.db, (scope) =>
    resolveAlertAbout(scope, ctx, { kind: alertKind, subject: subscriptionId, actor: 'scheduled_end' }),
  )
}
