import { BillhookError } from './errors.ts'

/**
 * ISO 4217 list one of 2026-01-01 (amendment 180), by number of minor unit digits. Left out: the codes whose minor unit
 * ISO gives as "N.A." (metals, bond units, XDR, XSU, XUA, XTS, XXX), because an amount in them cannot be an integer of
 * minor units.
 */
const activeCodes = {
  0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF`,
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
    COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
    MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
    STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  3: `BHD IQD JOD KWD LYD OMR TND`,
  4: `CLF UYW`,
}

/**
 * Withdrawn lately, all with two digits: nothing new is priced in them, but invoices of their time must stay readable.
 */
const withdrawnCodes = `ANG BGN CUC HRK SLL ZWL`

const activeDigits = new Map(
  Object.entries(activeCodes).flatMap(([digits, codes]) => codes.split(/\s+/).map((code) => [code, Number(digits)])),
)
const digitsByCode = new Map([...activeDigits, ...withdrawnCodes.split(' ').map((code) => [code, 2] as const)])

/** Digits after the decimal point of one major unit (EUR 2, JPY 0, KWD 3). Throws `unknown_currency`. */
export function minorUnits(code: string): number {
  const digits = digitsByCode.get(code)
  if (digits === undefined) {
    throw new BillhookError('unknown_currency', `${code} is not an ISO 4217 currency code in upper case.`, {
      facts: { currency: code },
    })
  }
  return digits
}

/** Whether amounts in it can be held: active and lately withdrawn codes, upper case only. */
export function isCurrency(code: string): boolean {
  return digitsByCode.has(code)
}

/** Whether something new may be priced in it. */
export function isActiveCurrency(code: string): boolean {
  return activeDigits.has(code)
}

/** Every active code, sorted. */
export function activeCurrencies(): string[] {
  return [...activeDigits.keys()].sort()
}
