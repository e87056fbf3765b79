import { describe, expect, it } from 'vitest'
import { termsOf } from './plan-terms.ts'
import { euros, monthly, planTerms } from './testing/sample-objects.ts'

const [regular] = monthly().billing_cycles
const withScheme = (pricing_scheme: object) =>
  planTerms({ ...monthly(), billing_cycles: [{ ...regular, pricing_scheme }] })
const tiers = [
  { starting_quantity: '1', ending_quantity: '2', amount: euros('10.0') },
  { starting_quantity: '3', amount: euros('8.0') },
]

describe('what a cycle costs', () => {
  it.each([
    ['19', false, 4900, 931],
    ['19', true, 4118, 782],
    ['7.7', false, 4900, 377],
    ['0', true, 4900, 0],
  ])('with %s %% of tax, inside: %s', (percentage, inclusive, amount, tax) => {
    const terms = termsOf(planTerms({ ...monthly(), taxes: { percentage, inclusive } }), 'P-1', 1)
    expect(terms).toMatchObject({ amount, tax })
  })

  it.each([
    ['HUF', '4990', '27', false, 499_000, 134_700],
    ['HUF', '4990', '27', true, 392_900, 106_100],
    ['TWD', '999', '5', false, 99_900, 5000],
    ['JPY', '999', '5', false, 999, 50],
  ])(
    'has no fraction of a tax where PayPal knows none: %s %s with %s %%, inside: %s',
    (currency, value, percentage, inclusive, amount, tax) => {
      const plan = withScheme({ fixed_price: { currency_code: currency, value } })
      expect(termsOf({ ...plan, taxes: { percentage, inclusive } }, 'P-1', 1)).toMatchObject({ amount, tax })
    },
  )

  it('has its tax on the whole quantity, rounded once', () => {
    const terms = termsOf(planTerms({ ...monthly(), taxes: { percentage: '7.7', inclusive: false } }), 'P-1', 3)
    expect(terms).toMatchObject({ amount: 14_700, tax: 1132 })
  })

  it.each([
    ['VOLUME', 2, 2000],
    ['VOLUME', 4, 3200],
    ['TIERED', 2, 2000],
    ['TIERED', 4, 3600],
  ])('is told from tiers of plans made elsewhere: %s, %i pieces', (pricing_model, quantity, amount) => {
    expect(termsOf(withScheme({ pricing_model, tiers }), 'P-1', quantity).amount).toBe(amount)
  })

  it('knows a setup fee apart', () => {
    const payment_preferences = { setup_fee: euros('5.0'), payment_failure_threshold: 1 }
    expect(termsOf(planTerms({ ...monthly(), payment_preferences }), 'P-1', 2)).toMatchObject({
      setupFee: 500,
      amount: 9800,
    })
  })

  it.each([
    ['a plan without a regular cycle', { billing_cycles: [] }],
    ['an interval that nobody knows', { billing_cycles: [{ ...regular, frequency: { interval_unit: 'MOON' } }] }],
    ['a percentage that is none', { ...monthly(), taxes: { percentage: 'much', inclusive: false } }],
    ['a plan without a price', { billing_cycles: [{ ...regular, pricing_scheme: {} }] }],
  ])('is not guessed from %s', (_, plan) => {
    expect(() => termsOf(planTerms(plan), 'P-1', 1)).toThrow('PayPal')
  })
})
