import type { Context } from '../../context.ts'
import { isSchemaCurrent } from '../../db/schema-version.ts'
import { BillhookError } from '../../primitives/index.ts'

/** Whether work can be done now. Errors: `schema_outdated` (503), or what the database says when it does not answer. */
export async function checkReadiness(ctx: Context): Promise<void> {
  await ctx.db.ping()
  if (await isSchemaCurrent(ctx.db)) return
  throw new BillhookError('schema_outdated', 'The database lacks migrations: run them first.', { status: 503 })
}
