import { sendDueWebhooks, settleWebhooks } from '../outbox/send-webhooks.ts'
import type { Job } from './job.ts'

export const sendWebhooks: Job = {
  name: 'send-webhooks',
  everyMs: 1_000,
  run: sendDueWebhooks,
  settle: settleWebhooks,
}
