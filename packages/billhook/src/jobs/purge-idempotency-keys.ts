import { deleteExpiredIdempotencyKeys } from '../domain/idempotency/index.ts'
import type { Job } from './job.ts'

export const purgeIdempotencyKeys: Job = {
  name: 'purge-idempotency-keys',
  everyMs: 600_000,
  run: deleteExpiredIdempotencyKeys,
}
