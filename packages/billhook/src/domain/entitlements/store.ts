import { and, eq, inArray, isNull } from 'drizzle-orm'
import type { OrganizationScope } from '../../db/index.ts'
import { plans } from '../../db/schema/index.ts'

type PlanRow = typeof plans.$inferSelect

export const listPlanRows = async (scope: OrganizationScope, ids: string[]): Promise<PlanRow[]> =>
  ids.length === 0 ? [] : scope.tx.select().from(plans).where(inArray(plans.id, ids)).orderBy(plans.productLine)

export const listDefaultPlans = (scope: OrganizationScope): Promise<PlanRow[]> =>
  scope.tx
    .select()
    .from(plans)
    .where(and(eq(plans.isDefault, true), isNull(plans.archivedAt)))
    .orderBy(plans.productLine)
