export * from './billing-event.ts'
export {
  type ChangeWebhookEndpointInput,
  changeWebhookEndpoint,
  deleteWebhookEndpoint,
} from './change-webhook-endpoint.ts'
export { type CreateWebhookEndpointInput, createWebhookEndpoint } from './create-webhook-endpoint.ts'
export type { DeliveryAttempt, WebhookDelivery } from './delivery-store.ts'
export { getWebhookEndpoint, listWebhookEndpoints } from './get-webhook-endpoint.ts'
export { listBillingEvents } from './list-billing-events.ts'
export type { Listener } from './receivers.ts'
export { type RotateWebhookSecretInput, rotateWebhookSecret } from './rotate-webhook-secret.ts'
export { sendTestWebhook, type TestResult } from './send-test-webhook.ts'
export {
  listWebhookDeliveries,
  recoverWebhooks,
  redeliverWebhook,
} from './webhook-deliveries.ts'
export type { WebhookEndpoint } from './webhook-endpoint.ts'
export { snakeCaseKeys } from './webhook-message.ts'
