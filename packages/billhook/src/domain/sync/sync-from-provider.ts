import type { Context } from '../../context.ts'
import { readAndApply } from './read-and-apply.ts'

export interface SyncInput {
  organizationId: string
  /** The default provider when left out. */
  provider?: string | undefined
}

/** Reads a subscription at its provider and applies it. Errors: the provider's own; nothing changes with them. */
export async function syncSubscriptionFromProvider(
  ctx: Context,
  input: SyncInput & { externalSubscriptionId: string },
): Promise<void> {
  await readAndApply(ctx, {
    organizationId: input.organizationId,
    provider: ctx.providers.getProvider(input.provider),
    kind: 'subscription',
    externalId: input.externalSubscriptionId,
    source: 'api',
  })
}

/** Reads an invoice at its provider and applies it, and its subscription first where that is not known yet. */
export async function syncInvoiceFromProvider(
  ctx: Context,
  input: SyncInput & { externalInvoiceId: string },
): Promise<void> {
  await readAndApply(ctx, {
    organizationId: input.organizationId,
    provider: ctx.providers.getProvider(input.provider),
    kind: 'invoice',
    externalId: input.externalInvoiceId,
    source: 'api',
  })
}
