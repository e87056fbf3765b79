import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minorUnits } from '../../primitives/index.ts'
import { currencies, fromApiAmount, toApiAmount } from './amounts.ts'

describe('an amount at PayPal', () => {
  it('is exact there and back, for every currency that it takes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...currencies), fc.integer({ min: 0, max: 10 ** 12 }), (currency, units) => {
        const isWhole = ['HUF', 'TWD'].includes(currency)
        const amount = isWhole ? units * 10 ** minorUnits(currency) : units
        fc.pre(Number.isSafeInteger(amount))
        expect(fromApiAmount(toApiAmount(amount, currency), currency)).toBe(amount)
      }),
    )
  })

  it.each([
    [2999, 'EUR', '29.99'],
    [5, 'USD', '0.05'],
    [2900, 'JPY', '2900'],
    [290_000, 'HUF', '2900'],
    [100, 'TWD', '1'],
  ])('of %i %s is written %s', (amount, currency, text) => {
    expect(toApiAmount(amount, currency)).toBe(text)
  })

  it.each([
    ['191.4', 'USD', 19_140],
    ['0.0', 'JPY', 0],
    ['500.00', 'JPY', 500],
    ['2900.0', 'HUF', 290_000],
    ['-29.90', 'EUR', -2990],
    ['.5', 'EUR', 50],
    ['7.', 'EUR', 700],
  ])('written %s %s is %i, however many zeros it has', (text, currency, amount) => {
    expect(fromApiAmount(text, currency)).toBe(amount)
  })

  it.each([
    ['1.005', 'EUR'],
    ['0.5', 'JPY'],
    ['1,000', 'EUR'],
    ['', 'EUR'],
    ['.', 'EUR'],
    ['12', 'QQQ'],
    ['99999999999999999', 'EUR'],
  ])('is not guessed at: %s %s', (text, currency) => {
    expect(() => fromApiAmount(text, currency)).toThrow(/PayPal|amount|currency/)
  })

  it.each([
    [2999, 'HUF'],
    [2999, 'KWD'],
    [0.5, 'EUR'],
  ])('that PayPal cannot take is refused: %s %s', (amount, currency) => {
    expect(() => toApiAmount(amount, currency)).toThrow(/PayPal|minor units/)
  })
})
