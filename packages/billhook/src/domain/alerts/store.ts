import { and, desc, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { alerts } from '../../db/schema/index.ts'
import type { Alert } from './alert.ts'

/** Whether the row was written: it is not while one of the same kind and subject is open. */
export async function insertAlert(scope: OrganizationScope | PlatformScope, alert: Alert): Promise<boolean> {
  const written = await scope.tx
    .insert(alerts)
    .values(alert)
    .onConflictDoNothing({ target: [alerts.kind, alerts.subject], where: sql`resolved_at is null` })
    .returning({ id: alerts.id })
  return written.length === 1
}

export interface AlertFilter {
  status?: 'open' | 'resolved' | undefined
  kind?: string | undefined
  organizationId?: string | undefined
}

/** Newest first: ids rise with time. */
export function selectAlerts(
  scope: PlatformScope,
  filter: AlertFilter,
  before: string | null,
  rows: number,
): Promise<Alert[]> {
  return scope.tx
    .select()
    .from(alerts)
    .where(
      and(
        filter.status === 'open' ? isNull(alerts.resolvedAt) : undefined,
        filter.status === 'resolved' ? isNotNull(alerts.resolvedAt) : undefined,
        filter.kind === undefined ? undefined : eq(alerts.kind, filter.kind),
        filter.organizationId === undefined ? undefined : eq(alerts.organizationId, filter.organizationId),
        before === null ? undefined : lt(alerts.id, before),
      ),
    )
    .orderBy(desc(alerts.id))
    .limit(rows)
}

export async function findAlert(scope: PlatformScope, alertId: string): Promise<Alert | null> {
  const [row] = await scope.tx.select().from(alerts).where(eq(alerts.id, alertId))
  return row ?? null
}

/** The row as it is now, or null where it was resolved before or does not exist. */
export async function markAlertResolved(
  scope: PlatformScope,
  alertId: string,
  resolvedAt: Date,
): Promise<Alert | null> {
  const [row] = await scope.tx
    .update(alerts)
    .set({ resolvedAt })
    .where(and(eq(alerts.id, alertId), isNull(alerts.resolvedAt)))
    .returning()
  return row ?? null
}

/** The row as it is now; null where none was open. */
export async function markResolvedAbout(
  scope: PlatformScope,
  { kind, subject }: Pick<Alert, 'kind' | 'subject'>,
  resolvedAt: Date,
): Promise<Alert | null> {
  const [row] = await scope.tx
    .update(alerts)
    .set({ resolvedAt })
    .where(and(eq(alerts.kind, kind), eq(alerts.subject, subject), isNull(alerts.resolvedAt)))
    .returning()
  return row ?? null
}

/** Adds to what is known about an alert. */
export async function noteOnAlert(scope: PlatformScope, id: string, facts: Record<string, unknown>): Promise<void> {
  await scope.tx
    .update(alerts)
    .set({ facts: sql`${alerts.facts} || ${JSON.stringify(facts)}::jsonb` })
    .where(eq(alerts.id, id))
}
