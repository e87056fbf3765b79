import type { Context } from '../../context.ts'
import { BillhookError } from '../../primitives/index.ts'
import { getPlan, type Plan } from '../catalog/index.ts'
import { type Entitlement, listEntitlements } from '../entitlements/index.ts'
import { type Invoice, listInvoices } from '../invoices/index.ts'
import { getOrganization, type Organization } from '../organizations/index.ts'
import { emulatesEnd, getCurrentSubscription, type Subscription } from '../subscriptions/index.ts'
import { listUsageLines, type UsageLine } from '../usage-reports/index.ts'

/** Everything a billing page shows, in one answer. */
export interface Overview {
  organization: Organization
  subscription: Subscription | null
  plan: Plan | null
  entitlements: Entitlement[]
  /** What metered prices come to, in the period that is open and the one before it. */
  usageLines: UsageLine[]
  invoices: Invoice[]
  actions: OverviewAction[]
}

export type OverviewAction =
  | 'subscribe'
  | 'cancel'
  | 'reactivate'
  | 'change_plan'
  | 'change_quantity'
  | 'pause'
  | 'resume'
  | 'pay_invoice'
  | 'update_payment_method'

/** The organization's current state and what it can do now, by status and by what its provider is able to. */
export async function getOverview(
  ctx: Context,
  input: { organizationId: string; productLine?: string | undefined },
): Promise<Overview> {
  const { organizationId } = input
  const organization = await getOrganization(ctx, { organizationId })
  const subscription = await findCurrent(ctx, input)
  const plan =
    subscription &&
    (await getPlan(ctx, { planId: subscription.planId, organizationId, provider: subscription.provider ?? undefined }))
  const entitlements = await listEntitlements(ctx, { organizationId })
  const usageLines = subscription ? await listUsageLines(ctx, subscription) : []
  const invoices = (await listInvoices(ctx, { organizationId, limit: 12 })).data
  const actions = openActions(ctx, subscription, invoices)
  return { organization, subscription, plan, entitlements, usageLines, invoices, actions }
}

async function findCurrent(
  ctx: Context,
  input: { organizationId: string; productLine?: string | undefined },
): Promise<Subscription | null> {
  try {
    return await getCurrentSubscription(ctx, input)
  } catch (error) {
    if (error instanceof BillhookError && error.code === 'no_subscription') return null
    throw error
  }
}

function openActions(ctx: Context, subscription: Subscription | null, invoices: readonly Invoice[]): OverviewAction[] {
  if (!subscription || subscription.endedAt !== null) return ['subscribe']
  const { provider: name } = subscription
  if (name === null || !ctx.providers.names.includes(name)) return []
  const { capabilities } = ctx.providers.getProvider(name)
  const isHeld = subscription.cancelAtPeriodEnd && emulatesEnd(capabilities)
  const actions: OverviewAction[] = isHeld ? [] : ['change_plan']
  if (capabilities.quantity && !isHeld) actions.push('change_quantity')
  if (!subscription.cancelAtPeriodEnd) actions.push('cancel')
  else if (capabilities.reactivate || isHeld) actions.push('reactivate')
  if (subscription.pause && !isHeld) actions.push('resume')
  else if (capabilities.pause.length > 0 && !subscription.cancelAtPeriodEnd) actions.push('pause')
  if (capabilities.portal) actions.push('update_payment_method')
  if (invoices.some((invoice) => invoice.status === 'open' && invoice.amountRemaining > 0)) actions.push('pay_invoice')
  return actions
}
