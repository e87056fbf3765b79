import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseQuantity, quantityFromText, quantityNumber, quantityText, wholeQuantity } from './quantity.ts'

describe('quantities', () => {
  it('adds tenths exactly', () => {
    const sum = Array.from({ length: 10 }, () => parseQuantity(0.1) ?? 0n).reduce((a, b) => a + b, 0n)
    expect(quantityNumber(sum)).toBe(1)
  })
  it.each([
    ...[-1, -0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 1e21, 1e-7, 1_000_000_000_001, null, undefined, true],
    ...['', '-1', '1e3', '1.0000001', '0x10', ' 1', '1,5', '99999999999999', {}, [1], '٣'],
  ])('takes %j for no quantity', (value) => {
    expect(parseQuantity(value)).toBeNull()
  })
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), (quantity) => {
        expect(parseQuantity(quantityText(quantity))).toBe(quantity)
        expect(quantityFromText(`${quantityText(quantity)}${quantity % 1_000_000n === 0n ? '.' : ''}000`)).toBe(
          quantity,
        )
      }),
    )
  })
  it('reads a number as the decimal that it shows', () => {
    expect(parseQuantity(12.5)).toBe(12_500_000n)
    expect(parseQuantity(-0)).toBe(0n)
    expect(parseQuantity('007')).toBe(wholeQuantity(7))
  })
})
