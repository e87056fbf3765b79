import { endHeldSubscriptions } from '../domain/subscriptions/index.ts'
import type { Job } from './job.ts'

export const endHeld: Job = { name: 'end-held-subscriptions', everyMs: 10_000, run: endHeldSubscriptions }
