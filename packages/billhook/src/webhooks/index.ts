export {
  getWebhookEvent,
  listWebhookEvents,
  revealWebhookPayload,
  type WebhookEvent,
  type WebhookEventWithPayload,
} from './admin.ts'
export { ignoreWebhookEvent } from './ignore-webhook-event.ts'
export { type ReceiveInput, receiveWebhook } from './receive.ts'
export { replayableStatuses, replayWebhookEvent, replayWebhookEvents } from './replay.ts'
