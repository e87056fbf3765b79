import { expect, it } from 'vitest'
import { shopFor } from './support/stripe-shop.ts'

it('counts a bill as paid while Stripe cannot be asked, and learns which payment it was once it can', async () => {
  const shop = await shopFor()
  await shop.subscribe()
  shop.advance('P1M')
  shop.emulator.faults.next({ kind: 'status', status: 503, times: 100, match: (method) => method === 'GET' })
  await shop.deliver()
  const paid = (await shop.invoices()).find((invoice) => invoice.billing_reason === 'subscription_cycle')
  expect(paid).toMatchObject({ status: 'paid', stripe_payment_intent_id: null })
  expect((await shop.current()).paid_through_at).toBe('2026-05-01T00:00:00.000Z')
  expect(await shop.toldTypes('invoice.paid')).toHaveLength(2)

  shop.emulator.faults.clear()
  await shop.wait(300)
  const known = (await shop.invoices()).find((invoice) => invoice.billing_reason === 'subscription_cycle')
  expect(known?.stripe_payment_intent_id).toMatch(/^pi_emu_/)
  expect(await shop.toldTypes('invoice.paid')).toHaveLength(2)
})
