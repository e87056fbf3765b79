import { asc, eq, gt, inArray, or } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { meters } from '../../db/schema/index.ts'
import type { MeterRecord } from './meter.ts'

type Scope = OrganizationScope | PlatformScope

export async function insertMeter(scope: PlatformScope, meter: MeterRecord): Promise<void> {
  await scope.tx.insert(meters).values(meter)
}

export async function findMeter(scope: Scope, idOrKey: string): Promise<MeterRecord | null> {
  const [row] = await scope.tx
    .select()
    .from(meters)
    .where(or(eq(meters.id, idOrKey), eq(meters.key, idOrKey)))
  return row ?? null
}

export const selectMeters = (scope: Scope, after: string | null, limit: number): Promise<MeterRecord[]> =>
  scope.tx
    .select()
    .from(meters)
    .where(after === null ? undefined : gt(meters.id, after))
    .orderBy(asc(meters.id))
    .limit(limit)

export const findMetersByKey = (scope: Scope, keys: readonly string[]): Promise<MeterRecord[]> =>
  scope.tx
    .select()
    .from(meters)
    .where(inArray(meters.key, [...keys]))
