import currencyCodes from 'currency-codes'
import { describe, expect, it } from 'vitest'
import { formatMoney, minorDigits } from './money.ts'

describe('money', () => {
  it('uses the minor units of ISO 4217 for every current currency', () => {
    const differing = currencyCodes.codes().filter((code) => minorDigits(code) !== currencyCodes.code(code)?.digits)
    // Metals, funds and test codes have no minor unit at all and are never a price.
    expect(differing.filter((code) => !code.startsWith('X'))).toEqual([])
  })

  it('shows exactly the amount it is given, whatever the currency', () => {
    expect(formatMoney(2900, 'USD', 'en-US')).toBe('$29.00')
    expect(formatMoney(-5, 'USD', 'en-US')).toBe('-$0.05')
    expect(formatMoney(6000, 'JPY', 'en-US')).toBe('¥6,000')
    expect(formatMoney(123456, 'HUF', 'en-US').replace(/\s/u, ' ')).toBe('HUF 1,234.56')
    expect(formatMoney(12345, 'KWD', 'en-US').replace(/\s/u, ' ')).toBe('KWD 12.345')
    expect(formatMoney(9007199254740991, 'USD', 'en-US')).toBe('$90,071,992,547,409.91')
  })

  it('leaves out cents only when there are none', () => {
    expect(formatMoney(2900, 'USD', 'en-US', true)).toBe('$29')
    expect(formatMoney(2950, 'USD', 'en-US', true)).toBe('$29.50')
  })
})
