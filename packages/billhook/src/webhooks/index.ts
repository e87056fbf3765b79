export {
  getWebhookEvent,
  listWebhookEvents,
  replayWebhookEvent,
  type WebhookEvent,
  type WebhookEventWithPayload,
} from './admin.ts'
export { type ReceiveInput, receiveWebhook } from './receive.ts'
