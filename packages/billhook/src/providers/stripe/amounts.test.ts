import { describe, expect, it } from 'vitest'
import { activeCurrencies } from '../../primitives/index.ts'
import { fromApiAmount, toApiAmount, toApiDecimal } from './amounts.ts'

/** docs.stripe.com/currencies: zero-decimal and three-decimal currencies, and those shown with two though they have none. */
const zeroDecimal = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' ')
const threeDecimal = 'BHD JOD KWD OMR TND'.split(' ')
const twoDecimal =
  'AED AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF IDR ILS INR ISK MXN NOK NZD PLN SEK SGD THB TRY TWD UGX USD ZAR'.split(
    ' ',
  )

const decimalsOf = (currency: string) => (zeroDecimal.includes(currency) ? 0 : threeDecimal.includes(currency) ? 3 : 2)
const isoDigits: Record<string, number> = { ISK: 0, UGX: 0, MGA: 2 }

describe('amounts', () => {
  it.each([...zeroDecimal, ...threeDecimal, ...twoDecimal])(
    "counts %s in Stripe's decimals there and in ISO's here",
    (currency) => {
      const whole = 7 * 10 ** decimalsOf(currency)
      expect(fromApiAmount(whole, currency)).toBe(7 * 10 ** (isoDigits[currency] ?? decimalsOf(currency)))
    },
  )

  it.each([
    ['0.0015', 'EUR', '0.0015'],
    ['12', 'USD', '12'],
    ['0.5', 'ISK', '50'],
    ['3', 'UGX', '300'],
    ['0.125', 'ISK', '12.5'],
    ['2.5', 'MGA', '0.025'],
    ['100', 'MGA', '1'],
  ])('counts a decimal %s of %s as %s there', (amount, currency, there) => {
    expect(toApiDecimal(amount, currency)).toBe(there)
  })

  it('refuses a decimal with more digits than there are', () => {
    expect(() => toApiDecimal('0.000000000001', 'MGA')).toThrow('MGA')
  })

  it('comes back unchanged for every currency', () => {
    for (const currency of activeCurrencies()) {
      for (const amount of [0, 100, -4900, 123_400])
        expect(fromApiAmount(toApiAmount(amount, currency), currency)).toBe(amount)
    }
  })

  it('refuses an amount that has no whole number on the other side', () => {
    expect(() => fromApiAmount(150, 'ISK')).toThrow('ISK')
    expect(() => toApiAmount(150, 'MGA')).toThrow('MGA')
    expect(() => toApiAmount(Number.MAX_SAFE_INTEGER, 'UGX')).toThrow('UGX')
  })
})
