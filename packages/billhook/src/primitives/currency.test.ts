import published from 'currency-codes'
import { describe, expect, it } from 'vitest'
import { activeCurrencies, isActiveCurrency, isCurrency, minorUnits } from './currency.ts'

/** The package holds the list of 2024-06-25; each difference has its reason. */
const differences = {
  // Amendments 176 (2025-03-31) and 179 (2025-05).
  addedSince: ['XAD', 'XCG'],
  // Amendments 176 (ANG), 178 (CUC) and 180 (BGN, 2026-01-01).
  withdrawnSince: ['ANG', 'BGN', 'CUC'],
  // ISO says "N.A." for their minor unit, the package says 0; nobody is billed in them.
  withoutMinorUnit: 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'.split(' '),
}

describe('the currency table', () => {
  it('is the published ISO 4217 list apart from the listed differences', () => {
    const gone = new Set([...differences.withdrawnSince, ...differences.withoutMinorUnit])
    const expected = [...published.codes().filter((code) => !gone.has(code)), ...differences.addedSince]
    expect(activeCurrencies()).toEqual(expected.sort())
    expect(published.codes()).toEqual(expect.arrayContaining([...gone]))
    expect(published.codes()).not.toEqual(expect.arrayContaining(differences.addedSince))
  })

  it('has the published number of minor units for every code that both know', () => {
    for (const { code, digits } of published.data.filter(({ code }) => isCurrency(code))) {
      expect({ code, digits: minorUnits(code) }).toEqual({ code, digits })
    }
  })

  it('follows ISO where Intl does not', () => {
    expect(['HUF', 'IDR', 'IQD', 'TWD', 'ISK'].map(minorUnits)).toEqual([2, 2, 3, 2, 0])
  })

  it('reads lately withdrawn currencies and offers them for nothing new', () => {
    for (const code of ['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'ZWL']) {
      expect([code, isCurrency(code), isActiveCurrency(code), minorUnits(code)]).toEqual([code, true, false, 2])
    }
  })

  it.each(['eur', 'EURO', '', 'XXX', 'XAU', 'DEM', 'constructor'])('refuses %j with unknown_currency', (code) => {
    expect(isCurrency(code)).toBe(false)
    expect(isActiveCurrency(code)).toBe(false)
    expect(() => minorUnits(code)).toThrow(expect.objectContaining({ code: 'unknown_currency', status: 400 }))
  })
})
