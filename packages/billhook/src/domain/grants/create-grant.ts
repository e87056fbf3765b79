import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import type { Metadata } from '../../db/schema/columns.ts'
import { appendFacts } from '../../outbox/append.ts'
import { invalid, storableText } from '../../primitives/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import { checkKey, checkLimits, requireMeters } from '../catalog/index.ts'
import { checkMetadata } from '../organizations/index.ts'
import type { Grant } from './grant.ts'
import { grantFact } from './grant-fact.ts'
import { insertGrant } from './store.ts'

export type CreateGrantInput = Pick<Grant, 'organizationId' | 'feature' | 'value' | 'reason' | 'actor'> & {
  effect?: Grant['effect'] | undefined
  expiresAt?: Date | null | undefined
  metadata?: Metadata | undefined
}

/**
 * Gives an entitlement by hand. No webhook and no reconciliation ever touches it.
 * Errors: `invalid_key`, `invalid_grant`, `invalid_limits`, `invalid_metadata`, `unknown_meter` (400).
 */
export async function createGrant(ctx: Context, input: CreateGrantInput): Promise<Grant> {
  checkGrant(input)
  const { value, organizationId, actor, feature } = input
  if (typeof value === 'object') await requireMeters(ctx, { [feature]: value })
  const now = ctx.clock.now()
  const grant: Grant = {
    ...{ id: ctx.ids.next('grant'), organizationId, feature, value, actor },
    effect: input.effect ?? 'set',
    reason: input.reason,
    expiresAt: input.expiresAt ?? null,
    revokedAt: null,
    metadata: input.metadata ?? {},
    createdAt: now,
  }
  await inOrganization(ctx.db, organizationId, async (scope) => {
    await insertGrant(scope, grant)
    const facts = { feature, value, effect: grant.effect, reason: grant.reason, expires_at: grant.expiresAt }
    await appendAuditEntry(scope, ctx, { actor, action: 'create_grant', subject: grant.id, facts })
    await appendFacts(ctx, scope, { facts: [grantFact(grant)], source: 'api', occurredAt: now })
  })
  ctx.wake('deliver-events')
  ctx.wake('send-webhooks')
  return grant
}

function checkGrant({ feature, value, reason, effect = 'set', expiresAt, metadata }: CreateGrantInput): void {
  checkKey(feature)
  if (metadata !== undefined) checkMetadata(metadata)
  const wrong = (detail: string) => invalid('invalid_grant', detail)
  if (reason.trim() === '' || reason.length > 500 || storableText(reason) !== reason)
    throw wrong('reason is 1 to 500 characters: somebody will ask.')
  if (expiresAt && Number.isNaN(expiresAt.getTime())) throw wrong('expires_at is no instant.')
  if (typeof value === 'string' && (value.length > 500 || storableText(value) !== value))
    throw wrong('A word has at most 500 characters.')
  if (effect === 'add' && !(typeof value === 'number' && Number.isSafeInteger(value) && value > 0))
    throw wrong('What is added is a whole number above 0.')
  if (typeof value === 'number' && !Number.isFinite(value)) throw wrong('value is no number.')
  if (typeof value === 'object') checkLimits({ [feature]: value })
}
