import { z } from '@hono/zod-openapi'
import type { ManageResult, Subscription } from '../../domain/subscriptions/index.ts'
import { instant, iso, isoOrNull, metadata } from './common.ts'
import { webUrl } from './web-url.ts'

const id = z.string().nullable()
const at = instant.nullable()

const bindingSchema = z
  .object({
    id: z.string(),
    provider: z.string(),
    provider_kind: z.string(),
    external_subscription_id: z.string(),
    role: z.enum(['billing', 'pending', 'ending', 'ended', 'duplicate']),
    engine: z.enum(['provider', 'own']),
  })
  .openapi('Binding')

const itemSchema = z
  .object({
    id: z.string(),
    price_id: id,
    price_key: id,
    external_item_id: z.string(),
    external_price_id: z.string(),
    quantity: z.int().nullable(),
  })
  .openapi('SubscriptionItem')

const changeSchema = z
  .object({
    id: z.string(),
    outcome: z.enum(['scheduled', 'requires_approval', 'pending_payment']),
    to_price_id: id,
    to_quantity: z.int().nullable(),
    approval_url: z.string().nullable(),
    expires_at: at,
    effective_at: at,
  })
  .openapi('SubscriptionChange')

const accessSchema = z
  .object({
    allowed: z.boolean(),
    until: at,
    reason: z.enum([
      'active',
      'trialing',
      'grace',
      'paid_through',
      'paused',
      'read_only',
      'unpaid',
      'incomplete',
      'ended',
    ]),
  })
  .openapi('Access')

export const subscriptionSchema = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    product_line: z.string(),
    plan_id: z.string(),
    plan_key: z.string(),
    price_id: z.string(),
    price_key: z.string(),
    provider: id,
    external_subscription_id: id,
    external_customer_id: id,
    stripe_subscription_id: id,
    stripe_customer_id: id,
    bindings: z.array(bindingSchema),
    status: z.enum([
      'incomplete',
      'incomplete_expired',
      'trialing',
      'active',
      'past_due',
      'unpaid',
      'paused',
      'canceled',
    ]),
    quantity: z.int(),
    items: z.array(itemSchema),
    current_period_start: at,
    current_period_end: at,
    paid_through_at: at,
    trial_end: at,
    cancel_at_period_end: z.boolean().openapi({ description: 'True whenever an end is scheduled' }),
    cancel_at: at,
    canceled_at: at,
    ended_at: at,
    pause: z.object({ kind: z.enum(['collection', 'service']), from: at, resumes_at: at }).nullable(),
    pending_change: changeSchema.nullable(),
    access: accessSchema,
    metadata,
  })
  .openapi('Subscription')

export const prorationMode = z.enum(['none', 'next_invoice', 'immediate'])

export const manageRequest = z
  .strictObject({
    action: z.enum(['cancel', 'reactivate', 'change_plan', 'change_quantity', 'pause', 'resume']),
    at_period_end: z.boolean().optional().openapi({ description: 'For cancel; true when absent' }),
    price_id: z.string().min(1).max(200).optional().openapi({ description: 'For change_plan: id or key' }),
    quantity: z.int().min(1).max(1_000_000).optional(),
    proration: prorationMode.optional(),
    preview_id: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: 'For change_plan and change_quantity: charge exactly what this preview showed' }),
    pause_kind: z
      .enum(['collection', 'service'])
      .optional()
      .openapi({ description: 'For pause; the provider’s first kind when absent' }),
    resumes_at: instant.optional().openapi({ description: 'For pause; until somebody resumes it when absent' }),
    return_url: webUrl.optional().openapi({
      description: 'For change_plan and change_quantity: where a page for approving the change leads back to',
    }),
  })
  .openapi('ManageSubscription')

export const manageResultSchema = z
  .object({
    outcome: z.enum(['applied', 'scheduled', 'requires_approval', 'pending_payment']),
    approval_url: z.string().nullable().optional(),
    payment_url: z.string().nullable().optional(),
    effective_at: instant.optional(),
    emulated: z
      .literal(true)
      .optional()
      .openapi({ description: 'The provider lacks what was asked for, and it was done by other means' }),
    how: z.string().optional().openapi({ description: 'By which means, in a sentence' }),
    subscription: subscriptionSchema,
  })
  .openapi('ManageResult')

export const pendingResultSchema = z
  .object({ outcome: z.literal('pending'), operation_id: z.string() })
  .openapi('PendingResult')

const pendingChangeJson = (change: Subscription['pendingChange']) =>
  change && {
    id: change.id,
    outcome: change.outcome,
    to_price_id: change.toPriceId,
    to_quantity: change.toQuantity,
    approval_url: change.approvalUrl,
    expires_at: isoOrNull(change.expiresAt),
    effective_at: isoOrNull(change.effectiveAt),
  }

const bindingJson = (binding: Subscription['bindings'][number]) => ({
  id: binding.id,
  provider: binding.provider,
  provider_kind: binding.providerKind,
  external_subscription_id: binding.externalSubscriptionId,
  role: binding.role,
  engine: binding.engine,
})

const itemJson = (item: Subscription['items'][number]) => ({
  id: item.id,
  price_id: item.priceId,
  price_key: item.priceKey,
  external_item_id: item.externalItemId,
  external_price_id: item.externalPriceId,
  quantity: item.quantity,
})

export const subscriptionJson = (subscription: Subscription): z.infer<typeof subscriptionSchema> => ({
  id: subscription.id,
  organization_id: subscription.organizationId,
  product_line: subscription.productLine,
  plan_id: subscription.planId,
  plan_key: subscription.planKey,
  price_id: subscription.priceId,
  price_key: subscription.priceKey,
  provider: subscription.provider,
  external_subscription_id: subscription.externalSubscriptionId,
  external_customer_id: subscription.externalCustomerId,
  stripe_subscription_id: subscription.stripeSubscriptionId,
  stripe_customer_id: subscription.stripeCustomerId,
  bindings: subscription.bindings.map(bindingJson),
  status: subscription.status,
  quantity: subscription.quantity,
  items: subscription.items.map(itemJson),
  current_period_start: isoOrNull(subscription.currentPeriodStart),
  current_period_end: isoOrNull(subscription.currentPeriodEnd),
  paid_through_at: isoOrNull(subscription.paidThroughAt),
  trial_end: isoOrNull(subscription.trialEnd),
  cancel_at_period_end: subscription.cancelAtPeriodEnd,
  cancel_at: isoOrNull(subscription.cancelAt),
  canceled_at: isoOrNull(subscription.canceledAt),
  ended_at: isoOrNull(subscription.endedAt),
  pause: subscription.pause && {
    kind: subscription.pause.kind,
    from: isoOrNull(subscription.pause.from),
    resumes_at: isoOrNull(subscription.pause.resumesAt),
  },
  pending_change: pendingChangeJson(subscription.pendingChange),
  access: { ...subscription.access, until: isoOrNull(subscription.access.until) },
  metadata: subscription.metadata,
})

export const manageResultJson = (
  result: Exclude<ManageResult, { outcome: 'pending' }>,
): z.infer<typeof manageResultSchema> => ({
  outcome: result.outcome,
  ...(result.outcome === 'applied' && result.how !== undefined && { emulated: true as const, how: result.how }),
  ...(result.outcome === 'requires_approval' && { approval_url: result.approvalUrl }),
  ...(result.outcome === 'pending_payment' && { payment_url: result.paymentUrl }),
  ...(result.outcome === 'scheduled' && { effective_at: iso(result.effectiveAt) }),
  subscription: subscriptionJson(result.subscription),
})
