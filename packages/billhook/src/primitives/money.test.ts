import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { activeCurrencies } from './currency.ts'
import {
  add,
  allocate,
  compare,
  formatMoney,
  fromDecimalString,
  money,
  multiplyByQuantity,
  multiplyByRatio,
  negate,
  subtract,
  sum,
  toDecimalString,
  unitAmountFromDecimal,
  usageAmount,
} from './money.ts'
import { quantityFromText } from './quantity.ts'

fc.configureGlobal({ seed: 4217 })

const eur = (amount: number) => money(amount, 'EUR')
const failsWith = (code: string) => expect.objectContaining({ code, status: 400 })
const amounts = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -10_000, max: 10_000 }))
const currencies = fc.constantFrom(...activeCurrencies())

describe('money', () => {
  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53)])('refuses %d as an amount', (amount) => {
    expect(() => eur(amount)).toThrow(failsWith('invalid_amount'))
  })

  it('refuses a currency that ISO does not know', () => {
    expect(() => money(1, 'eur')).toThrow(failsWith('unknown_currency'))
  })

  it('knows only one zero', () => {
    for (const zero of [eur(-0), negate(eur(0)), multiplyByQuantity(eur(-5), 0)]) expect(zero.amount).toBe(0)
  })
})

describe('arithmetic', () => {
  it('adds, subtracts, negates, sums and compares', () => {
    expect(add(eur(150), eur(-50))).toEqual(eur(100))
    expect(subtract(eur(100), eur(150))).toEqual(eur(-50))
    expect(negate(eur(7))).toEqual(eur(-7))
    expect(sum([eur(1), eur(2), eur(3)], 'EUR')).toEqual(eur(6))
    expect(sum([], 'JPY')).toEqual(money(0, 'JPY'))
    expect([compare(eur(1), eur(2)), compare(eur(2), eur(2)), compare(eur(3), eur(2))]).toEqual([-1, 0, 1])
  })

  it('never mixes currencies', () => {
    const usd = money(1, 'USD')
    for (const mix of [add, subtract, compare]) {
      expect(() => mix(eur(1), usd)).toThrow(failsWith('currency_mismatch'))
    }
    expect(() => sum([usd], 'EUR')).toThrow(failsWith('currency_mismatch'))
  })

  it('refuses a result that is no longer exact', () => {
    const most = eur(Number.MAX_SAFE_INTEGER)
    expect(() => add(most, eur(1))).toThrow(failsWith('invalid_amount'))
    expect(() => add(most, most)).toThrow(failsWith('invalid_amount'))
    expect(() => multiplyByQuantity(most, 2)).toThrow(failsWith('invalid_amount'))
    expect(() => multiplyByQuantity(eur(2 ** 27), 2 ** 26)).toThrow(failsWith('invalid_amount'))
  })

  it('multiplies by whole quantities only', () => {
    expect(multiplyByQuantity(eur(1999), 3)).toEqual(eur(5997))
    expect(() => multiplyByQuantity(eur(100), 1.5)).toThrow(failsWith('invalid_quantity'))
  })
})

describe('multiplyByRatio', () => {
  it.each([
    [5, 1, 2, 3],
    [-5, 1, 2, -3],
    [5, -1, 2, -3],
    [5, 1, -2, -3],
    [-5, -1, 2, 3],
    [4, 1, 3, 1],
    [-4, 1, 3, -1],
    [1, 49, 100, 0],
    [1000, 19, 100, 190],
    [-1, 1, 3, 0],
  ])('%d x %d/%d is %d: halves go away from zero', (amount, numerator, denominator, expected) => {
    expect(multiplyByRatio(eur(amount), numerator, denominator)).toEqual(eur(expected))
  })

  it('stays exact where a float product would not', () => {
    const most = Number.MAX_SAFE_INTEGER
    expect(multiplyByRatio(eur(most), most, most)).toEqual(eur(most))
    expect(multiplyByRatio(eur(most), 10n ** 30n, 10n ** 30n)).toEqual(eur(most))
  })

  it('refuses a zero denominator and fractions', () => {
    expect(() => multiplyByRatio(eur(1), 1, 0)).toThrow(failsWith('invalid_ratio'))
    expect(() => multiplyByRatio(eur(1), 0.5, 1)).toThrow(failsWith('invalid_ratio'))
    expect(() => multiplyByRatio(eur(1), 1, 0.5)).toThrow(failsWith('invalid_ratio'))
  })
})

describe('allocate', () => {
  const someWeights = fc
    .array(fc.oneof(fc.nat(100), fc.maxSafeNat()), { minLength: 1, maxLength: 12 })
    .filter((weights) => weights.some((weight) => weight > 0))

  it('loses and invents nothing, and keeps each part within one unit of its exact share', () => {
    fc.assert(
      fc.property(amounts, someWeights, (amount, weights) => {
        const parts = allocate(eur(amount), weights)
        const total = weights.reduce((partial, weight) => partial + BigInt(weight), 0n)
        expect(parts.reduce((partial, part) => partial + BigInt(part.amount), 0n)).toBe(BigInt(amount))
        for (const [index, weight] of weights.entries()) {
          // |part - amount x weight / total| < 1, without a division.
          const off = BigInt(parts[index]?.amount ?? Number.NaN) * total - BigInt(amount) * BigInt(weight)
          expect(off < total && off > -total).toBe(true)
        }
      }),
    )
  })

  it('splits a credit as the mirror image of the charge', () => {
    fc.assert(
      fc.property(amounts, someWeights, (amount, weights) => {
        expect(allocate(eur(-amount), weights)).toEqual(allocate(eur(amount), weights).map(negate))
      }),
    )
  })

  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [-100, [1, 1, 1], [-34, -33, -33]],
    [1, [1, 1], [1, 0]],
    [10, [0, 1, 0], [0, 10, 0]],
    [101, [50, 30, 20], [51, 30, 20]],
    [0, [0, 0], [0, 0]],
    [0, [], []],
  ])('splits %d by %j into %j', (amount, weights, expected) => {
    expect(allocate(eur(amount), weights)).toEqual(expected.map(eur))
  })

  it.each([[[]], [[0, 0]], [[3, -1]], [[0.5, 0.5]]])('refuses the weights %j', (weights) => {
    expect(() => allocate(eur(1), weights)).toThrow(failsWith('invalid_weights'))
  })
})

describe('decimal strings', () => {
  it('round trip for every amount in every currency', () => {
    fc.assert(
      fc.property(amounts, currencies, (amount, currency) => {
        const original = money(amount, currency)
        expect(fromDecimalString(toDecimalString(original), currency)).toEqual(original)
      }),
    )
    for (const currency of activeCurrencies()) {
      for (const amount of [0, 1, -1, 99, 100, 12_345, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
        const original = money(amount, currency)
        expect(fromDecimalString(toDecimalString(original), currency)).toEqual(original)
      }
    }
  })

  it.each([
    [1050, 'EUR', '10.50'],
    [5, 'EUR', '0.05'],
    [-5, 'EUR', '-0.05'],
    [0, 'EUR', '0.00'],
    [500, 'JPY', '500'],
    [-5, 'KWD', '-0.005'],
    [12_345, 'KWD', '12.345'],
    [12_345, 'CLF', '1.2345'],
  ])('write %d %s as %s', (amount, currency, text) => {
    expect(toDecimalString(money(amount, currency))).toBe(text)
  })

  it('may have fewer decimals than the currency', () => {
    expect(fromDecimalString('10', 'EUR')).toEqual(eur(1000))
    expect(fromDecimalString('10.5', 'EUR')).toEqual(eur(1050))
  })

  it.each([
    ['100.0', 'JPY'],
    ['10.001', 'EUR'],
    ['10.000', 'EUR'],
    ['1.2345', 'KWD'],
    ['1,5', 'EUR'],
    ['1e3', 'EUR'],
    ['+1', 'EUR'],
    ['.5', 'EUR'],
    ['5.', 'EUR'],
    [' 5', 'EUR'],
    ['5\n', 'EUR'],
    ['', 'EUR'],
    ['90071992547409.92', 'EUR'],
    ['9'.repeat(500), 'EUR'],
  ])('refuse %j in %s', (text, currency) => {
    expect(() => fromDecimalString(text, currency)).toThrow(failsWith('invalid_amount'))
  })
})

describe('usageAmount', () => {
  it.each([
    ['2.5', '9', 23],
    ['0.0015', '100000.5', 150],
    ['0.5', '1', 1],
    ['0.49', '1', 0],
    ['0.000000000001', '1000000000000', 1],
    ['3', '0', 0],
  ])('%s for each of %s, rounded once', (unitAmount, quantity, expected) => {
    expect(usageAmount(unitAmount, quantityFromText(quantity), 'EUR')).toEqual(eur(expected))
  })
})

describe('unitAmountFromDecimal', () => {
  it.each([
    ['0.125', 1000, 125],
    ['0.125', 4, 1],
    ['0.125', 3, 0],
    ['0.125', -4, -1],
    ['-0.125', 4, -1],
    ['0.1', 3, 0],
    ['0.1', 5, 1],
    ['1999', 2, 3998],
    ['0.000000000001', 1_000_000_000_000, 1],
    ['0.35', 9_007_199_254_740_991, 3_152_519_739_159_347],
  ])('rounds %s x %d once, to %d', (unitAmount, quantity, expected) => {
    expect(unitAmountFromDecimal(unitAmount, quantity, 'EUR')).toEqual(eur(expected))
  })

  it.each(['', 'abc', '1e-3', '0.1234567890123', '1,5'])('refuses %j as a unit amount', (unitAmount) => {
    expect(() => unitAmountFromDecimal(unitAmount, 1, 'EUR')).toThrow(failsWith('invalid_unit_amount'))
  })

  it('refuses fractional quantities', () => {
    expect(() => unitAmountFromDecimal('1', 0.5, 'EUR')).toThrow(failsWith('invalid_quantity'))
  })
})

describe('formatMoney', () => {
  // Intl separates number and symbol with no-break spaces, which a reader cannot see in a test.
  const shown = (amount: number, currency: string, locale: string) =>
    formatMoney(money(amount, currency), locale).replace(/[\u00a0\u202f]/g, ' ')

  it('shows the digits that ISO gives, also where Intl would drop them', () => {
    expect(shown(123_456, 'EUR', 'de-DE')).toBe('1.234,56 €')
    expect(shown(-123_456, 'USD', 'en-US')).toBe('-$1,234.56')
    expect(shown(500, 'JPY', 'en-US')).toBe('¥500')
    expect(shown(123_450, 'HUF', 'en-US')).toBe('HUF 1,234.50')
    expect(shown(12_345, 'KWD', 'en-US')).toBe('KWD 12.345')
  })

  it('shows amounts exactly that a float cannot hold', () => {
    expect(shown(Number.MAX_SAFE_INTEGER, 'KWD', 'en-US')).toBe('KWD 9,007,199,254,740.991')
    expect(shown(Number.MAX_SAFE_INTEGER, 'EUR', 'en-US')).toBe('€90,071,992,547,409.91')
  })
})
