import { and, asc, eq, gt, inArray, isNull, or } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { coupons, providerCoupons } from '../../db/schema/index.ts'
import type { Coupon } from './coupon.ts'

type Scope = OrganizationScope | PlatformScope
type CouponRow = typeof coupons.$inferSelect

export async function insertCoupon(scope: PlatformScope, row: typeof coupons.$inferInsert): Promise<void> {
  await scope.tx.insert(coupons).values(row)
}

/** Archived ones too; row-level security leaves an organization its own and the public ones. */
export async function findCoupon(scope: Scope, idOrKey: string): Promise<Coupon | null> {
  const rows = await scope.tx
    .select()
    .from(coupons)
    .where(or(eq(coupons.id, idOrKey), eq(coupons.key, idOrKey)))
  const [coupon] = await withProviders(scope, rows)
  return coupon ?? null
}

/** Those that are given now, oldest first. */
export async function selectCoupons(scope: Scope, after: string | null, limit: number): Promise<Coupon[]> {
  const rows = await scope.tx
    .select()
    .from(coupons)
    .where(and(isNull(coupons.archivedAt), after === null ? undefined : gt(coupons.id, after)))
    .orderBy(asc(coupons.id))
    .limit(limit)
  return withProviders(scope, rows)
}

async function withProviders(scope: Scope, rows: CouponRow[]): Promise<Coupon[]> {
  if (rows.length === 0) return []
  const published = await scope.tx
    .select()
    .from(providerCoupons)
    .where(
      inArray(
        providerCoupons.couponId,
        rows.map((row) => row.id),
      ),
    )
    .orderBy(asc(providerCoupons.provider))
  return rows.map((row) => ({
    ...row,
    percentOff: row.percentOff === null ? null : String(Number(row.percentOff)),
    providers: published
      .filter(({ couponId }) => couponId === row.id)
      .map(({ provider, externalCouponId, externalPromotionCodeId }) => ({
        provider,
        externalCouponId,
        externalPromotionCodeId,
      })),
  }))
}

export async function markArchived(scope: PlatformScope, id: string, at: Date): Promise<void> {
  await scope.tx
    .update(coupons)
    .set({ archivedAt: at })
    .where(and(eq(coupons.id, id), isNull(coupons.archivedAt)))
}

/** A publication that raced another one keeps the first ids. */
export async function insertProviderCoupon(
  scope: PlatformScope,
  row: typeof providerCoupons.$inferInsert,
): Promise<void> {
  await scope.tx
    .insert(providerCoupons)
    .values(row)
    .onConflictDoNothing({ target: [providerCoupons.provider, providerCoupons.couponId] })
}
