import type {
  PauseSubscriptionInput,
  ProviderOperation,
  ResumeSubscriptionInput,
  SubscriptionChangeResult,
} from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { StripeClient } from './client.ts'
import { normalizeSubscription } from './normalize-subscription.ts'
import { hasEnded } from './status.ts'
import { applied, changeSubscription, readWithInvoice, subscriptionEnded } from './subscriptions.ts'
import type { SubscriptionWire } from './wire.ts'

/**
 * `collection` is Stripe's `pause_collection` with `keep_as_draft`: invoices wait as drafts and stay drafts when collecting goes on, so
 * nobody is charged for months at once; each can be paid (`payInvoice`), or finalized and voided by hand. `service` is Stripe's pause of the
 * subscription itself, for flexible billing mode only; it has no date to end by. Source: docs.stripe.com/billing/subscriptions/pause.
 */
export async function pauseSubscription(
  client: StripeClient,
  input: PauseSubscriptionInput,
  operation: ProviderOperation<'pause_subscription'>,
): Promise<SubscriptionChangeResult> {
  if (input.kind === 'service' && input.resumesAt !== undefined) throw noResumeDate(client.provider)
  const wire = await readWithInvoice(client, input.externalSubscriptionId)
  if (hasEnded(wire.status)) throw subscriptionEnded(client.provider, wire.id)
  if (isPaused(wire, input)) return client.read(async () => applied(wire))
  const { idempotencyKey } = operation
  if (input.kind === 'collection') {
    const resumesAt = input.resumesAt === undefined ? {} : { resumes_at: toSeconds(input.resumesAt) }
    const pause_collection = { behavior: 'keep_as_draft' as const, ...resumesAt }
    return applied(
      await changeSubscription(client, (stripe) =>
        stripe.subscriptions.update(wire.id, { pause_collection }, { idempotencyKey }),
      ),
    )
  }
  // What is unused of the period is credited to the first invoice after the pause.
  const params = { type: 'subscription', invoicing_behavior: 'pending_invoice_item' } as const
  return applied(
    await changeSubscription(client, (stripe) => stripe.subscriptions.pause(wire.id, params, { idempotencyKey })),
  )
}

/** The product runs again only when its invoice is paid: until then the subscription stays paused and the outcome is `pending_payment`. */
export async function resumeSubscription(
  client: StripeClient,
  input: ResumeSubscriptionInput,
  operation: ProviderOperation<'resume_subscription'>,
): Promise<SubscriptionChangeResult> {
  const wire = await readWithInvoice(client, input.externalSubscriptionId)
  if (hasEnded(wire.status)) throw subscriptionEnded(client.provider, wire.id)
  const known = await client.read(async () => resumeOutcome(wire, input))
  if (known) return known
  const { idempotencyKey } = operation
  const expand = ['latest_invoice']
  const resumed = await changeSubscription(client, (stripe) =>
    input.kind === 'collection'
      ? stripe.subscriptions.update(wire.id, { pause_collection: '', expand }, { idempotencyKey })
      : stripe.subscriptions.resume(
          wire.id,
          { billing_cycle_anchor: { type: 'now' }, payment_behavior: 'resume_on_payment_success', expand },
          { idempotencyKey },
        ),
  )
  return resumeOutcome(resumed, input) ?? pendingPayment(resumed)
}

/** Already the pause that is wanted, with the date that is wanted. */
export function isPaused(wire: SubscriptionWire, input: PauseSubscriptionInput): boolean {
  const { pause } = normalizeSubscription(wire)
  if (pause?.kind !== input.kind) return false
  const wanted = input.resumesAt === undefined ? null : toSeconds(input.resumesAt)
  return input.kind === 'service' || (pause.resumesAt === null ? null : pause.resumesAt.getTime() / 1000) === wanted
}

/** Null while it is paused and nobody has asked it to go on. */
export function resumeOutcome(
  wire: SubscriptionWire,
  { kind }: ResumeSubscriptionInput,
): SubscriptionChangeResult | null {
  if (normalizeSubscription(wire).pause?.kind !== kind) return applied(wire)
  const invoice = typeof wire.latest_invoice === 'object' ? wire.latest_invoice : null
  const pausedAt = wire.status_details?.paused?.transitioned_at
  // An invoice since the pause can only be that of going on: a paused subscription makes none by itself.
  const isAsked = kind === 'service' && invoice?.status === 'open' && pausedAt && invoice.created
  return isAsked && Number(invoice.created) >= Number(pausedAt) ? pendingPayment(wire) : null
}

function pendingPayment(wire: SubscriptionWire): SubscriptionChangeResult {
  const invoice = typeof wire.latest_invoice === 'object' ? wire.latest_invoice : null
  return {
    outcome: 'pending_payment',
    paymentUrl: invoice?.hosted_invoice_url ?? null,
    subscription: normalizeSubscription(wire),
  }
}

function toSeconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000)
}

function noResumeDate(provider: string): PaymentProviderError {
  return new PaymentProviderError({
    provider,
    code: 'unsupported',
    detail:
      'Stripe resumes a paused subscription only when it is told to: leave the date out, or pause collection only.',
  })
}
