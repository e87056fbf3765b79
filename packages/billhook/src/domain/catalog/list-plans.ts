import type { Context } from '../../context.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../paging.ts'
import { defaultProvider } from './get-plan.ts'
import type { Plan } from './plan.ts'
import { selectPlans } from './store.ts'

export interface ListPlansInput extends PageInput {
  /** Given: public plans and this organization's own. Absent: every plan. */
  organizationId?: string | null | undefined
  /** Whose external ids the prices show; the default provider's when absent. */
  provider?: string | undefined
}

/** What is sold now, oldest first. */
export async function listPlans(ctx: Context, input: ListPlansInput): Promise<Paged<Plan>> {
  const wanted = {
    provider: input.provider ?? defaultProvider(ctx),
    after: decodeCursor(input),
    rows: pageLimit(input) + 1,
  }
  const plans = input.organizationId
    ? await inOrganization(ctx.db, input.organizationId, (scope) => selectPlans(scope, wanted))
    : await asPlatform(ctx.db, (scope) => selectPlans(scope, wanted))
  return pageOf(
    plans,
    input,
    (plan) => plan,
    (plan) => plan.id,
  )
}
