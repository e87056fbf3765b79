import { and, asc, count, desc, eq, gt, inArray, isNull, or } from 'drizzle-orm'
import type { PlatformScope } from '../db/index.ts'
import { deliveries, webhookEndpoints, webhookSecrets } from '../db/schema/index.ts'
import { type EndpointInput, endpointNotFound, type WebhookEndpoint } from './webhook-endpoint.ts'

type EndpointRow = typeof webhookEndpoints.$inferSelect
type SecretRow = typeof webhookSecrets.$inferSelect

/** The organization's, or anybody's where the platform asks. The roles cannot tell them apart here, so this must. */
const ownedBy = (organizationId: string | null) =>
  and(
    isNull(webhookEndpoints.deletedAt),
    organizationId === null ? undefined : eq(webhookEndpoints.organizationId, organizationId),
  )

export async function insertEndpoint(scope: PlatformScope, row: EndpointRow, secret: SecretRow): Promise<void> {
  await scope.tx.insert(webhookEndpoints).values(row)
  await insertSecret(scope, secret)
}

export async function insertSecret(scope: PlatformScope, secret: SecretRow): Promise<void> {
  await scope.tx.insert(webhookSecrets).values(secret)
}

/** Whose these are, to the very owner: null is the platform itself here. */
export async function countEndpoints(scope: PlatformScope, owner: string | null): Promise<number> {
  const isOwners = owner === null ? isNull(webhookEndpoints.organizationId) : eq(webhookEndpoints.organizationId, owner)
  const [row] = await scope.tx
    .select({ count: count() })
    .from(webhookEndpoints)
    .where(and(isNull(webhookEndpoints.deletedAt), isOwners))
  return row?.count ?? 0
}

const named = ({ organizationId, endpointId }: EndpointInput) =>
  and(eq(webhookEndpoints.id, endpointId), ownedBy(organizationId))

/** Error: `webhook_endpoint_not_found` (404). */
export async function getEndpointRow(scope: PlatformScope, input: EndpointInput): Promise<EndpointRow> {
  const [row] = await scope.tx.select().from(webhookEndpoints).where(named(input))
  if (!row) throw endpointNotFound()
  return row
}

/**
 * The same for whoever changes it or its deliveries: one at a time, and always before a delivery is locked, so that nobody waits in a circle.
 * Facts that are told meanwhile do not wait.
 */
export async function lockEndpointRow(scope: PlatformScope, input: EndpointInput): Promise<EndpointRow> {
  const [row] = await scope.tx.select().from(webhookEndpoints).where(named(input)).for('no key update')
  if (!row) throw endpointNotFound()
  return row
}

/** Oldest first. */
export function selectEndpoints(
  scope: PlatformScope,
  { organizationId, after, limit }: { organizationId: string | null; after: string | null; limit: number },
): Promise<EndpointRow[]> {
  return scope.tx
    .select()
    .from(webhookEndpoints)
    .where(and(ownedBy(organizationId), after === null ? undefined : gt(webhookEndpoints.id, after)))
    .orderBy(asc(webhookEndpoints.id))
    .limit(limit)
}

export async function updateEndpoint(scope: PlatformScope, id: string, values: Partial<EndpointRow>): Promise<void> {
  await scope.tx.update(webhookEndpoints).set(values).where(eq(webhookEndpoints.id, id))
}

/** Those that have not expired, newest first. */
export function liveSecrets(scope: PlatformScope, endpointIds: readonly string[], now: Date): Promise<SecretRow[]> {
  return scope.tx
    .select()
    .from(webhookSecrets)
    .where(
      and(
        inArray(webhookSecrets.endpointId, [...endpointIds]),
        or(isNull(webhookSecrets.expiresAt), gt(webhookSecrets.expiresAt, now)),
      ),
    )
    .orderBy(desc(webhookSecrets.id))
}

/** Those without an end get one; what is about to end already is left alone. */
export async function endSecrets(scope: PlatformScope, endpointId: string, expiresAt: Date): Promise<void> {
  await scope.tx
    .update(webhookSecrets)
    .set({ expiresAt })
    .where(and(eq(webhookSecrets.endpointId, endpointId), isNull(webhookSecrets.expiresAt)))
}

export async function deleteSecrets(scope: PlatformScope, endpointId: string): Promise<void> {
  await scope.tx.delete(webhookSecrets).where(eq(webhookSecrets.endpointId, endpointId))
}

/** What was still to be sent there is not: it can be recovered. */
export async function giveUpDeliveries(scope: PlatformScope, endpointId: string, reason: string): Promise<void> {
  await scope.tx
    .update(deliveries)
    .set({ status: 'dead', lastError: reason })
    .where(and(eq(deliveries.endpointId, endpointId), eq(deliveries.status, 'pending')))
}

/** The rows as they are shown. */
export async function viewEndpoints(
  scope: PlatformScope,
  rows: readonly EndpointRow[],
  now: Date,
): Promise<WebhookEndpoint[]> {
  if (rows.length === 0) return []
  const secrets = await liveSecrets(
    scope,
    rows.map(({ id }) => id),
    now,
  )
  return rows.map(({ deletedAt: _deletedAt, ...row }) => ({
    ...row,
    secrets: secrets
      .filter(({ endpointId }) => endpointId === row.id)
      .map(({ id, createdAt, expiresAt }) => ({ id, createdAt, expiresAt })),
  }))
}
