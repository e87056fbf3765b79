import { cancelDuplicateSubscriptions } from '../domain/subscriptions/index.ts'
import type { Job } from './job.ts'

export const cancelDuplicates: Job = { name: 'cancel-duplicates', everyMs: 5_000, run: cancelDuplicateSubscriptions }
