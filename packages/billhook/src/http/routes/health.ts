import { isSchemaCurrent } from '../../db/schema-version.ts'
import { BillhookError } from '../../primitives/index.ts'
import type { RegisterRoutes } from '../env.ts'

/** `/healthz`: the process lives. `/readyz`: it can do its work, so send it requests. */
export const healthRoutes: RegisterRoutes = (app, { ctx }) => {
  let isCurrent = false
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    await ctx.db.ping()
    // Migrations are never taken back while we run: once is enough.
    isCurrent ||= await isSchemaCurrent(ctx.db)
    if (!isCurrent) throw new BillhookError('schema_outdated', 'The database lacks migrations.', { status: 503 })
    return c.json({ status: 'ready' })
  })
}
