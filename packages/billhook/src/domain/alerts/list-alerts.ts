import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../paging.ts'
import type { Alert } from './alert.ts'
import { type AlertFilter, selectAlerts } from './store.ts'

/** The whole installation's, newest first. */
export async function listAlerts(ctx: Context, input: AlertFilter & PageInput): Promise<Paged<Alert>> {
  const before = decodeCursor(input)
  const rows = await asPlatform(ctx.db, (scope) => selectAlerts(scope, input, before, pageLimit(input) + 1))
  return pageOf(
    rows,
    input,
    (row) => row,
    (row) => row.id,
  )
}
