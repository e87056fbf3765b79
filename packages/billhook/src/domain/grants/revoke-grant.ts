import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { notFound } from '../../primitives/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import { grantFact } from './grant-fact.ts'
import { markGrantRevoked } from './store.ts'

export interface RevokeGrantInput {
  organizationId: string
  grantId: string
  actor: string
}

/** From now on it gives nothing; it stays on record. Error: `grant_not_found` (404), also for one that is revoked already. */
export async function revokeGrant(ctx: Context, { organizationId, grantId, actor }: RevokeGrantInput): Promise<void> {
  const now = ctx.clock.now()
  await inOrganization(ctx.db, organizationId, async (scope) => {
    const grant = await markGrantRevoked(scope, grantId, now)
    if (!grant) throw notFound('grant_not_found', 'There is no such grant in force.')
    await appendAuditEntry(scope, ctx, {
      actor,
      action: 'revoke_grant',
      subject: grantId,
      facts: { feature: grant.feature },
    })
    await appendFacts(ctx, scope, { facts: [grantFact(grant)], source: 'api', occurredAt: now })
  })
  ctx.wake('deliver-events')
  ctx.wake('send-webhooks')
}
