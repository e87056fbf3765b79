import { asc, eq, gt, inArray, or } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { meters } from '../../db/schema/index.ts'
import type { Meter } from './meter.ts'

type Scope = OrganizationScope | PlatformScope

export async function insertMeter(scope: PlatformScope, meter: Meter): Promise<void> {
  await scope.tx.insert(meters).values(meter)
}

export async function findMeter(scope: Scope, idOrKey: string): Promise<Meter | null> {
  const [row] = await scope.tx
    .select()
    .from(meters)
    .where(or(eq(meters.id, idOrKey), eq(meters.key, idOrKey)))
  return row ?? null
}

export const selectMeters = (scope: Scope, after: string | null, limit: number): Promise<Meter[]> =>
  scope.tx
    .select()
    .from(meters)
    .where(after === null ? undefined : gt(meters.id, after))
    .orderBy(asc(meters.id))
    .limit(limit)

export async function findMeterKeys(scope: Scope, keys: readonly string[]): Promise<string[]> {
  const rows = await scope.tx
    .select({ key: meters.key })
    .from(meters)
    .where(inArray(meters.key, [...keys]))
  return rows.map(({ key }) => key)
}
