import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../paging.ts'
import type { AuditEntry } from './audit-entry.ts'
import { type AuditFilter, selectAuditEntries } from './store.ts'

/** The whole installation's, newest first; filters are exact. */
export async function listAuditEntries(ctx: Context, input: AuditFilter & PageInput): Promise<Paged<AuditEntry>> {
  const before = decodeCursor(input)
  const rows = await asPlatform(ctx.db, (scope) => selectAuditEntries(scope, input, before, pageLimit(input) + 1))
  return pageOf(
    rows,
    input,
    (row) => row,
    (row) => row.id,
  )
}
