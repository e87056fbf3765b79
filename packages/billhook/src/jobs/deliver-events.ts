import { deliverDueEvents } from '../outbox/deliver.ts'
import type { Job } from './job.ts'

export const deliverEvents: Job = { name: 'deliver-events', everyMs: 1_000, run: deliverDueEvents }
