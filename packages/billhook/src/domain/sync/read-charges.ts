import { billingNow, type Context } from '../../context.ts'
import { inOrganization, lockOrganization, type OrganizationScope } from '../../db/index.ts'
import type { BillingEventSource } from '../../outbox/billing-event.ts'
import { storable } from '../../primitives/index.ts'
import type { BasePaymentProvider, ChargeAbility, ChargeData } from '../../providers/provider.ts'
import { type KeepChargesInput, keepCharges } from './keep-charges.ts'
import { originOf } from './origin-of.ts'
import { applied, type SyncOutcome, unchanged } from './outcome.ts'
import { findBinding } from './store.ts'

export interface ReadChargesInput {
  organizationId: string
  provider: BasePaymentProvider & { charges: ChargeAbility }
  externalSubscriptionId: string
  source: BillingEventSource
  /** Instead of the default writer. */
  keep?: (scope: OrganizationScope, input: KeepChargesInput) => Promise<boolean>
  /** Runs in the same transaction, once they are kept. */
  finish?: ((scope: OrganizationScope) => Promise<void>) | undefined
}

export const hasCharges = (
  provider: BasePaymentProvider,
): provider is BasePaymentProvider & { charges: ChargeAbility } => provider.charges !== undefined

/**
 * Asks the provider what it collected for a subscription and keeps it. No ticket is needed: what is kept of a charge never goes back,
 * however old the list is. The subscription must be known here (`needs`).
 */
export async function readCharges(ctx: Context, input: ReadChargesInput): Promise<SyncOutcome> {
  const { organizationId, provider, externalSubscriptionId, source, finish } = input
  const at = await billingNow(ctx, provider.providerName)
  const charges = storable(await listAllCharges(provider.charges, externalSubscriptionId))
  const keep = input.keep ?? ((scope, kept) => keepCharges(ctx, scope, kept))
  return inOrganization(ctx.db, organizationId, async (scope) => {
    await lockOrganization(scope)
    const binding = await findBinding(scope, provider.providerName, externalSubscriptionId)
    if (!binding) return { outcome: 'needs', externalSubscriptionId }
    const observation = { by: 'read', at, ticket: 0, source } as const
    const isNews = await keep(scope, { origin: originOf(provider), binding, observation, charges })
    await finish?.(scope)
    return isNews ? applied : unchanged
  })
}

export async function listAllCharges(ability: ChargeAbility, externalSubscriptionId: string): Promise<ChargeData[]> {
  const charges: ChargeData[] = []
  for (let cursor: string | null = null; ; ) {
    const page = await ability.listCharges({ externalSubscriptionId, cursor })
    charges.push(...page.data)
    if (page.nextCursor === null) return charges
    cursor = page.nextCursor
  }
}
