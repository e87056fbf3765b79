import { endDisputedSubscriptions } from '../domain/subscriptions/index.ts'
import type { Job } from './job.ts'

export const endDisputed: Job = { name: 'end-disputed', everyMs: 10_000, run: endDisputedSubscriptions }
