import { expect, it } from 'vitest'
import { describeApi } from './index.ts'

interface Described {
  paths: Record<string, Record<string, { responses: object; summary?: string }>>
}

it('describes every call of the API, each under its path with a slash and with a summary', () => {
  const { paths } = describeApi() as Described
  for (const [path, methods] of Object.entries(paths)) {
    expect(path).toMatch(/^\/api\/v1\/.*\/$/)
    for (const [method, call] of Object.entries(methods)) expect(call.summary, `${method} ${path}`).toBeTruthy()
  }
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path.slice(7)}`),
  )
  expect(calls).toEqual(
    expect.arrayContaining([
      'post /organizations/',
      'patch /plans/{id}/',
      'post /plans/{id}/publish/',
      'post /subscriptions/create-checkout-session/',
      'get /checkout-sessions/{id}/',
      'get /subscriptions/current/',
      'post /subscriptions/{id}/manage-subscription/',
      'post /subscriptions/{id}/preview-change/',
      'post /subscriptions/{id}/update-payment-method/',
      'post /subscriptions/{id}/provider-portal/',
      'get /invoices/{id}/',
      'post /invoices/{id}/pay/',
      'get /payments/',
      'post /payments/{id}/refund/',
      'post /coupons/',
      'get /coupons/',
      'post /coupons/{id}/publish/',
      'get /entitlements/{feature}/',
      'post /billing/webhooks/{provider}/',
      'post /admin/webhook-events/{id}/replay/',
      'get /events/',
      'get /operations/{id}/',
      'get /config/',
    ]),
  )
})
