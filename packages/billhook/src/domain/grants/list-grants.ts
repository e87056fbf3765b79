import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../paging.ts'
import type { Grant } from './grant.ts'
import { selectGrants } from './store.ts'

/** Newest first; those that expired or were revoked, too. */
export async function listGrants(ctx: Context, input: PageInput & { organizationId: string }): Promise<Paged<Grant>> {
  const before = decodeCursor(input)
  const rows = await inOrganization(ctx.db, input.organizationId, (scope) =>
    selectGrants(scope, before, pageLimit(input) + 1),
  )
  return pageOf(
    rows,
    input,
    (grant) => grant,
    (grant) => grant.id,
  )
}
