import type { Context } from '../../context.ts'
import { inOrganization, lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { BillhookError, canonicalDecimal, conflict, invalid } from '../../primitives/index.ts'
import type { UsageAbility } from '../../providers/provider.ts'
import { findCustomer } from '../customers/index.ts'
import { type ApplyOperation, runOperation } from '../operations/index.ts'
import { findReport, markReported, saveReport } from './store.ts'

export interface ReportUsageRequest {
  organizationId: string
  /** The default provider when left out. */
  provider?: string | undefined
  /** The meter's name at the provider. */
  meterEventName: string
  /** From 0; decimal text where it is not whole. */
  quantity: number | string
  occurredAt: Date
  /** The sender's name for this sum: the same one is counted once, whatever happens. */
  reportKey: string
}

/** `pending`: the provider's answer was lost; it is found out under the same key, which counts once. */
export interface UsageReport {
  outcome: 'reported' | 'pending'
  provider: string
  meterEventName: string
  quantity: string
  reportKey: string
  operationId: string
}

/**
 * Reports one sum of usage to a provider that bills it. The same key again answers what is known of the first.
 *
 * Errors: `usage_report_conflict` (409) for the same key with another quantity or time, `no_customer` (409), `invalid_quantity`,
 * `invalid_report_key`, `invalid_meter` (400), `unsupported` (422), the provider's own.
 */
export async function reportUsage(ctx: Context, request: ReportUsageRequest): Promise<UsageReport> {
  return reportSum(ctx, { ...request, externalCustomerId: null })
}

/** The same of a customer that is known already. */
export async function reportSum(
  ctx: Context,
  request: ReportUsageRequest & { externalCustomerId: string | null },
): Promise<UsageReport> {
  const { organizationId, meterEventName, occurredAt, reportKey } = request
  const { ability, providerName } = usageAt(ctx, request.provider)
  const quantity = decimalOf(request.quantity)
  checkNames(request)
  const key = { provider: providerName, meterEventName, reportKey }
  const said = { quantity, occurredAt }
  const first = await inOrganization(ctx.db, organizationId, (scope) => requireSame(scope, key, said))
  const known = first?.externalCustomerId ?? request.externalCustomerId
  const externalCustomerId = known ?? (await customerAt(ctx, organizationId, providerName))
  const input = { meterEventName, externalCustomerId, quantity, occurredAt: occurredAt.toISOString() }
  const done = await runOperation(ctx, {
    kind: 'report_usage',
    provider: providerName,
    businessKey: `report_usage:${organizationId}:${providerName}:${meterEventName}:${reportKey}`,
    retriesFailure: true,
    organizationId,
    input,
    begin: async (scope, operationId) => {
      await lockOrganization(scope)
      await requireSame(scope, key, said)
      await saveReport(scope, {
        ...key,
        ...said,
        id: ctx.ids.next('usageReport'),
        organizationId,
        externalCustomerId,
        operationId,
        createdAt: ctx.clock.now(),
      })
    },
    call: (operation) => ability.reportUsage(input, operation),
    apply: applyReportedUsage,
  })
  const now = await inOrganization(ctx.db, organizationId, (scope) => requireSame(scope, key, said))
  const outcome = done.status === 'succeeded' ? 'reported' : 'pending'
  return { ...key, outcome, quantity, operationId: now?.operationId ?? '' }
}

function usageAt(ctx: Context, name: string | undefined): { ability: UsageAbility; providerName: string } {
  const { usage, capabilities, providerName } = ctx.providers.getProvider(name)
  if (usage && capabilities.usage) return { ability: usage, providerName }
  throw new BillhookError('unsupported', `${providerName} cannot bill usage.`, {
    status: 422,
    facts: { provider: providerName },
  })
}

/** Without zeros that say nothing: two spellings of one number are one number. Error: `invalid_quantity`. */
function decimalOf(quantity: number | string): string {
  const decimal = canonicalDecimal(String(quantity))
  if (decimal === null)
    throw invalid('invalid_quantity', 'quantity is a decimal number from 0, with at most twelve decimals.')
  return decimal
}

function checkNames({ meterEventName, reportKey, occurredAt }: ReportUsageRequest): void {
  if (!/^[\x21-\x7e]{1,100}$/.test(meterEventName))
    throw invalid('invalid_meter', 'A meter is named by 1 to 100 visible ASCII characters without spaces.')
  if (!/^[\x21-\x7e]{1,200}$/.test(reportKey))
    throw invalid('invalid_report_key', 'A report key is 1 to 200 visible ASCII characters without spaces.')
  if (Number.isNaN(occurredAt.getTime())) throw invalid('invalid_occurred_at', 'occurred_at is no instant.')
}

async function customerAt(ctx: Context, organizationId: string, provider: string): Promise<string> {
  const customer = await findCustomer(ctx, { organizationId, provider })
  if (customer) return customer.externalCustomerId
  throw conflict('no_customer', `The organization has no customer at ${provider} yet: nobody could be billed.`)
}

/** What was reported under this key before. */
async function requireSame(
  scope: OrganizationScope,
  key: Parameters<typeof findReport>[1],
  said: { quantity: string; occurredAt: Date },
) {
  const known = await findReport(scope, key)
  if (!known) return null
  const isSame = decimalOf(known.quantity) === said.quantity && known.occurredAt.getTime() === said.occurredAt.getTime()
  if (isSame) return known
  throw conflict('usage_report_conflict', `Report key "${key.reportKey}" was used for another sum.`, {
    report_key: key.reportKey,
    quantity: known.quantity,
  })
}

export const applyReportedUsage: ApplyOperation<'report_usage', null> = async (ctx, scope, operation) => {
  await markReported(scope, operation.id, ctx.clock.now())
  return null
}
