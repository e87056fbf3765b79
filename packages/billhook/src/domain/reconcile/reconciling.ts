import type { Context } from '../../context.ts'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { isDatabaseUnavailable, sqlState } from '../../db/index.ts'
import { BillhookError, errorMessage } from '../../primitives/index.ts'
import { type BasePaymentProvider, PaymentProviderError } from '../../providers/provider.ts'
import { openAlert } from '../alerts/index.ts'
import { originOf, type SnapshotOrigin } from '../sync/index.ts'
import { type Comparison, type Difference, finalizedTotals } from './compare.ts'
import { insertDifferences } from './differences-store.ts'
import type { DifferenceKind, DifferenceResolution, ObjectKind, ReconcileRow, Severity } from './reconcile-run.ts'

/** What every step of a run has at hand. */
export interface Reconciling {
  readonly ctx: Context
  readonly run: ReconcileRow
  readonly provider: BasePaymentProvider
  readonly origin: SnapshotOrigin
  readonly pageSize?: number | undefined
  /** Keeps the run this process's for a while longer; throws `LostLease` when it is another's by now. */
  touch(): Promise<void>
}

export const reconcilingOf = (
  ctx: Context,
  run: ReconcileRow,
  rest: Pick<Reconciling, 'pageSize' | 'touch'>,
): Reconciling => {
  const provider = ctx.providers.getProvider(run.provider)
  return { ctx, run, provider, origin: originOf(provider), ...rest }
}

/** One of the provider's objects, and whose it is. */
export interface Target {
  object: ObjectKind
  externalId: string
  organizationId: string | null
}

interface Finding {
  kind: DifferenceKind
  field?: string
  ours: unknown
  theirs: unknown
  severity: Severity
  resolution: DifferenceResolution
  reason?: string | null
}

/** Writes down what was found of one object, in the caller's transaction. */
export function recordFindings(
  { ctx, run }: Reconciling,
  scope: OrganizationScope | PlatformScope,
  target: Target,
  findings: readonly Finding[],
): Promise<void> {
  const rows = findings.map(({ field = '', ours, theirs, reason = null, ...finding }) => ({
    ...finding,
    ...target,
    id: ctx.ids.next('reconcileDifference'),
    runId: run.id,
    field,
    ours: JSON.stringify(ours ?? null),
    theirs: JSON.stringify(theirs ?? null),
    reason,
    createdAt: ctx.clock.now(),
  }))
  return insertDifferences(scope, rows)
}

/** What a comparison found, as it is written down. `left`: the differences that are there after repairing, by field. */
export function findingsOf(
  { isMissing, differences }: Comparison,
  left: ReadonlyMap<string, Difference> | 'dry',
): Finding[] {
  return differences.map(({ field, ours, theirs, severity, refusal }) => {
    const remains = left === 'dry' ? refusal : left.has(field) ? (left.get(field)?.refusal ?? refusal ?? stays) : null
    const repaired = left === 'dry' ? 'would_repair' : 'repaired'
    const resolution = remains === null ? repaired : 'person'
    return { kind: isMissing ? 'missing_here' : 'differs', field, ours, theirs, severity, resolution, reason: remains }
  })
}

const stays = 'It was written and is not the same.'

/** Tells a person, once, of what the writer leaves as it is. */
export async function alertUnrepaired(
  { ctx, run }: Reconciling,
  scope: OrganizationScope,
  { object, externalId }: Target,
  findings: readonly Finding[],
): Promise<void> {
  const left = findings.filter(({ resolution, reason }) => resolution === 'person' && reason !== finalizedTotals)
  const [first] = left
  if (!first || run.dryRun) return
  await openAlert(scope, ctx, {
    kind: 'reconcile_unrepaired',
    subject: `${run.provider}:${externalId}`,
    severity: left.some(({ severity }) => severity === 'critical') ? 'critical' : 'warning',
    detail: `${object} ${externalId} of ${run.provider} is not the same here: ${first.reason}`,
    facts: { run_id: run.id, fields: left.map(({ field, ours, theirs }) => ({ field, ours, theirs })) },
  })
}

/** Integrity and data errors: what is wrong is the object. 42501: it belongs to another organization. */
const rowStates = /^(22|23|42501)/

/** Why one object cannot be made the same; null for a failure that has nothing to do with it, which must stop the run. */
export function refusalOf(error: unknown): string | null {
  if (error instanceof PaymentProviderError)
    return error.retryable || error.code === 'provider_misconfigured' ? null : `${error.code}: ${error.message}`
  if (error instanceof BillhookError) return error.status >= 500 ? null : `${error.code}: ${error.message}`
  if (isDatabaseUnavailable(error) || !rowStates.test(sqlState(error) ?? '')) return null
  return `The database refuses it: ${errorMessage(rootOf(error))}`
}

const rootOf = (error: unknown): unknown => (error instanceof Error && error.cause ? rootOf(error.cause) : error)
