import { describe, expect, it } from 'vitest'
import { fixedClock, systemIds } from '../../primitives/index.ts'
import { fromCustomId, isCustomer, toCustomId } from './reference.ts'

const ids = systemIds(fixedClock('2026-03-01T00:00:00Z'))
const whole = {
  organizationId: ids.next('organization'),
  checkoutSessionId: ids.next('checkoutSession'),
  subscriptionId: ids.next('subscription'),
  operationId: ids.next('operation'),
}

describe('our ids at PayPal', () => {
  it('fit into its 127 characters, all four of them and an imported customer', () => {
    const externalCustomerId = 'paypal_I-BW452GLLEP1G'
    const customId = toCustomId('paypal', { externalCustomerId, reference: whole })
    expect(customId.length).toBeLessThanOrEqual(127)
    expect(fromCustomId(customId, 'I-2')).toEqual({ externalCustomerId, reference: whole })
  })

  it('name the customer after its organization', () => {
    const externalCustomerId = `paypal_${whole.organizationId}`
    const customId = toCustomId('paypal', { externalCustomerId, reference: {} })
    const { organizationId } = whole
    expect(fromCustomId(customId, 'I-2')).toEqual({ externalCustomerId, reference: { organizationId } })
  })

  it('come back also where they are of another shape', () => {
    const reference = { organizationId: 'bhorg_contract', operationId: 'bhop_x_1' }
    const customId = toCustomId('paypal', { externalCustomerId: 'paypal_bhorg_contract', reference })
    expect(fromCustomId(customId, 'I-2').reference).toEqual(reference)
  })

  it('are not read into a text of the host’s own: such a subscription is a customer of its own', () => {
    for (const customId of [null, 'user-17', 'bh', '{"o":1}']) {
      expect(fromCustomId(customId, 'I-2')).toEqual({ externalCustomerId: 'paypal_I-2', reference: {} })
    }
  })

  it('that do not fit are refused instead of cut', () => {
    const reference = { organizationId: `bhorg_${'x'.repeat(130)}` }
    expect(() => toCustomId('paypal', { externalCustomerId: 'paypal_x', reference })).toThrow('127')
  })
})

it('a customer of another provider is none here', () => {
  expect(['cus_123', 'paypal_', '', 'paypal_a/b'].map(isCustomer)).toEqual([false, false, false, false])
})
