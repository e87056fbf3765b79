import { expect, it } from 'vitest'
import { masked, maskedByDefault, maskPayload } from './mask-payload.ts'

const shown = (payload: unknown, fields: readonly string[] = maskedByDefault): unknown =>
  JSON.parse(maskPayload(typeof payload === 'string' ? payload : JSON.stringify(payload), fields))

it('masks who somebody is, where they live, what they pay with and what opens something, wherever it stands', () => {
  const object = {
    id: 'in_1',
    amount_paid: 4900,
    number: 'A-0001',
    customer_email: 'ada@example.com',
    customer_name: 'Ada',
    customer_phone: '+49 30 1',
    customer_address: { city: 'Berlin', country: 'DE' },
    payer: { email_address: 'ada@example.com', name: { given_name: 'Ada', surname: 'L' } },
    charges: [{ billing_details: { name: 'Ada' }, card: { last4: '4242', fingerprint: 'f', brand: 'visa' } }],
    client_secret: 'pi_1_secret_2',
    hosted_invoice_url: 'https://pay.example.com/i/1',
    shippingAddress: 'Street 1',
  }
  expect(shown({ data: { object } })).toEqual({
    data: {
      object: {
        id: 'in_1',
        amount_paid: 4900,
        number: 'A-0001',
        customer_email: masked,
        customer_name: masked,
        customer_phone: masked,
        customer_address: masked,
        payer: masked,
        charges: [{ billing_details: { name: masked }, card: { last4: masked, fingerprint: masked, brand: 'visa' } }],
        client_secret: masked,
        hosted_invoice_url: masked,
        shippingAddress: masked,
      },
    },
  })
})

it('masks e-mail addresses in any text, and leaves what is missing missing', () => {
  expect(shown({ description: 'For ada@example.com, thanks', customer_email: null })).toEqual({
    description: `For ${masked}, thanks`,
    customer_email: null,
  })
})

it('masks what the installation names: a key anywhere, or a path in which a star is one step', () => {
  const payload = {
    nickname: 'A',
    data: { object: { metadata: { ssn_copy: '1', note: '2' }, nickname: 'B' } },
    note: '3',
  }
  expect(shown(payload, ['nickname', 'data.object.metadata.*'])).toEqual({
    nickname: masked,
    data: { object: { metadata: { ssn_copy: masked, note: masked }, nickname: masked } },
    note: '3',
  })
})

it('shows nothing of what it cannot read, and nothing of what was nested to be a nuisance', () => {
  for (const text of ['name=Ada&card=4242', '{"name":"Ada"', '', '"Ada"', '4242'])
    expect(shown(text), text).toBe(masked)
  const depth = 100_000
  const deep = `${'{"a":'.repeat(depth)}{"name":"Ada"}${'}'.repeat(depth)}`
  expect(maskPayload(deep, maskedByDefault)).not.toContain('Ada')
})
