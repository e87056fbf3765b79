import { z } from '@hono/zod-openapi'
import type { Operation } from '../../domain/operations/index.ts'
import { instant, iso } from './common.ts'

export const operationSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    provider: z.string(),
    status: z.enum(['pending', 'succeeded', 'failed', 'unknown']),
    error_code: z.string().nullable(),
    error_detail: z.string().nullable(),
    subscription_id: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Operation')

export const operationJson = (operation: Operation): z.infer<typeof operationSchema> => ({
  id: operation.id,
  kind: operation.kind,
  provider: operation.provider,
  status: operation.status,
  error_code: operation.errorCode,
  error_detail: operation.errorDetail,
  subscription_id: operation.subscriptionId,
  created_at: iso(operation.createdAt),
  updated_at: iso(operation.updatedAt),
})
