import { invalid } from './errors.ts'

const maxLength = 2048

/** Parsers drop line breaks, turn backslashes round and read `http:x` against the page they are on: what passes says itself where it leads. */
const saysWhereItLeads = /^https?:\/\/[^\s\\\p{Control}\p{Surrogate}]+$/iu

/** Whether a browser may be sent there: an absolute http or https address without credentials in it, at most 2048 characters. */
export function isWebUrl(value: string): boolean {
  if (value.length > maxLength || !saysWhereItLeads.test(value) || !URL.canParse(value)) return false
  const { username, password } = new URL(value)
  return username === '' && password === ''
}

/** The address, for callers who name what it is. Errors: `invalid_url` (400). */
export function requireWebUrl(name: string, value: string): string {
  if (isWebUrl(value)) return value
  throw invalid('invalid_url', `${name} must be an absolute http or https address.`)
}
