import type { Context } from '../context.ts'
import { asPlatform, type PlatformScope } from '../db/index.ts'
import { openAlert } from '../domain/alerts/index.ts'
import { BillhookError } from '../primitives/index.ts'
import type { IgnoredProviderEvent, ProviderEvent } from '../providers/provider.ts'
import { assignEvent, findOwners, knownRefs, organizationExists, type WebhookEventRow } from './inbox.ts'

export type Owner = { organizationId: string } | { reason: string }

/**
 * Whose is an event? The external ids that we know decide; metadata, which anybody with the provider's dashboard can write, only helps
 * where none is known. An event whose ids belong to two organizations is nobody's: an alert, never a guess.
 */
export function resolveOwner(
  ctx: Context,
  row: WebhookEventRow,
  event: Exclude<ProviderEvent, IgnoredProviderEvent>,
): Promise<Owner> {
  return asPlatform(ctx.db, async (scope) => {
    const claimed = event.refs.reference?.organizationId
    const refs = knownRefs(event.refs).map((ref) => ({ provider: row.provider, ref }))
    const owners = [...new Set((await findOwners(scope, refs)).map(({ organizationId }) => organizationId))]
    const [owner] = owners
    if (owners.length > 1 || (owner && claimed && claimed !== owner)) return refuse(ctx, scope, row, owners, claimed)
    const found = owner ?? (claimed && (await organizationExists(scope, claimed)) ? claimed : undefined)
    if (!found && mayBecomeKnown(ctx, row, event)) throw paymentUnknown()
    if (!found) return { reason: 'not ours: none of its objects is known here' }
    await assignEvent(scope, row.id, found)
    return { organizationId: found }
  })
}

/**
 * Where nothing but a payment says whose an event is, that payment may become known later: its bill comes late, or has not been asked yet by
 * which payment it was paid. So the event waits as long as one that fails does, and only then is it about something that is none of ours.
 */
const mayBecomeKnown = (
  { settings }: Context,
  { attempts }: WebhookEventRow,
  { refs }: Exclude<ProviderEvent, IgnoredProviderEvent>,
): boolean => refs.externalPaymentId !== undefined && !refs.externalCustomerId && attempts < settings.webhookAttempts

const paymentUnknown = (): BillhookError =>
  new BillhookError('payment_unknown', 'Its payment is of no bill that is known here yet.', { status: 503 })

async function refuse(
  ctx: Context,
  scope: PlatformScope,
  row: WebhookEventRow,
  owners: string[],
  claimed: string | undefined,
): Promise<Owner> {
  await openAlert(scope, ctx, {
    kind: 'foreign_reference',
    subject: `${row.provider}:${row.lineKey}`,
    severity: 'critical',
    detail: `${row.type} of ${row.provider} names objects of more than one organization; nothing was applied.`,
    facts: { webhook_event_id: row.id, owners, claimed: claimed ?? null },
  })
  return { reason: 'foreign reference: its objects belong to more than one organization' }
}
