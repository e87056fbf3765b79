import { checkReadiness } from '../../domain/health/index.ts'
import type { RegisterRoutes } from '../env.ts'

/** `/healthz`: the process lives. `/readyz`: it can do its work, so send it requests. */
export const healthRoutes: RegisterRoutes = (app, { ctx }) => {
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    await checkReadiness(ctx)
    return c.json({ status: 'ready' })
  })
}
