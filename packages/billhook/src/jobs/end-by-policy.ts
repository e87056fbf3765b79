import { endSubscriptionsByPolicy } from '../domain/subscriptions/index.ts'
import type { Job } from './job.ts'

export const endByPolicy: Job = { name: 'end-by-policy', everyMs: 10_000, run: endSubscriptionsByPolicy }
