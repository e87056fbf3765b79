import type { OrganizationScope } from '../../db/index.ts'
import { openAlert } from '../alerts/index.ts'
import type { Comparison } from './compare.ts'
import { wasAlerted } from './differences-store.ts'
import { type Reconciling, recordFindings, type Target } from './reconciling.ts'

const kinds = ['duplicate_subscription', 'second_live_subscription']

/**
 * An organization that pays two subscriptions of one product line is written down in every run and alerted once: what a person has looked
 * at and left as it is was meant.
 */
export async function noteBilledTwice(
  reconciling: Reconciling,
  scope: OrganizationScope,
  target: Target,
  { billedBeside }: Comparison,
): Promise<void> {
  if (billedBeside === null) return
  const { ctx, run } = reconciling
  const { externalId } = target
  const reason = `It is paid beside ${billedBeside}, which is live in the same product line.`
  const finding = { kind: 'billed_twice', ours: billedBeside, theirs: externalId, severity: 'critical' } as const
  await recordFindings(reconciling, scope, target, [{ ...finding, resolution: 'person', reason }])
  const subject = `${run.provider}:${externalId}`
  if (run.dryRun || (await wasAlerted(scope, { kinds, subject }))) return
  await openAlert(scope, ctx, {
    kind: 'second_live_subscription',
    subject,
    severity: 'critical',
    detail: `Organization ${scope.organizationId} pays a second subscription of one product line.`,
    facts: { subscription_id: billedBeside, external_subscription_id: externalId, provider: run.provider },
  })
}
