import { applied, processDueEvents } from '../webhooks/process.ts'
import type { Job } from './job.ts'

export const processWebhooks: Job = {
  name: 'process-webhooks',
  everyMs: 1_000,
  run: processDueEvents,
  settle: applied,
}
