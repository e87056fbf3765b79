import { processDueEvents } from '../webhooks/index.ts'
import type { Job } from './job.ts'

export const processWebhooks: Job = { name: 'process-webhooks', everyMs: 1_000, run: processDueEvents }
