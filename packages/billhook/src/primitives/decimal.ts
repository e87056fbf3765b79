/** Decimal text from 0, at most fifteen digits before the point and twelve behind it, without zeros that say nothing; null for anything else. */
export function canonicalDecimal(text: string): string | null {
  if (!/^\d{1,15}(\.\d{1,12})?$/.test(text)) return null
  const [whole = '0', fraction = ''] = text.split('.')
  const rest = fraction.replace(/0+$/, '')
  return `${BigInt(whole)}${rest === '' ? '' : `.${rest}`}`
}
