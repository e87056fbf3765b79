/**
 * What nobody needs to see in order to find out why an event could not be applied: personal data and secrets. An entry without a dot is a key
 * anywhere, by its last words: `email` is `customer_email` and `billingEmail`, too. An entry with dots is a path from the root, `*` one step of
 * it: `data.object.metadata.*`.
 */
export const maskedByDefault: readonly string[] = [
  // Who somebody is.
  ...['email', 'email_address', 'name', 'surname', 'payer', 'recipient', 'individual_details'],
  ...['birthdate', 'birth_date', 'date_of_birth', 'dob', 'ssn', 'tax_id', 'tax_ids', 'vat_id', 'vat_number'],
  // Where they are, and how they are reached.
  ...['address', 'line1', 'line2', 'street', 'city', 'postal_code', 'zip', 'zip_code', 'phone', 'phone_number'],
  ...['ip', 'ip_address', 'user_agent'],
  // What they pay with.
  ...['fingerprint', 'last4', 'last_digits', 'exp_month', 'exp_year', 'expiry', 'cvc', 'cvv', 'pan', 'card_number'],
  ...['iban', 'bic', 'account_number', 'routing_number', 'sort_code', 'mandate', 'mandate_reference'],
  // What opens something; links to a bill or a page need no login.
  ...['secret', 'client_secret', 'token', 'password', 'api_key', 'signature', 'authorization'],
  ...['hosted_invoice_url', 'invoice_pdf', 'receipt_url', 'hosted_verification_url'],
]

export const masked = '[masked]'

/** Beyond any provider's events. What lies deeper was made to be a nuisance. */
const deepest = 100

const mailAddress = /[^\s@<>"'(),;:]{1,64}@[^\s@<>"'(),;:]{1,255}\.[a-z]{2,}/gi

/**
 * The payload as JSON in which what `fields` name is `"[masked]"`, as is whatever looks like an e-mail address. Nulls stay: that something is
 * missing may be the reason. What is no JSON is masked as a whole.
 */
export function maskPayload(payload: string, fields: readonly string[]): string {
  const rules = rulesOf(fields)
  try {
    const shown: unknown = JSON.parse(payload)
    if (typeof shown === 'object' && shown !== null) return JSON.stringify(maskValue(shown, [], rules))
  } catch {
    // Said below: what cannot be read cannot be shown in part.
  }
  return JSON.stringify(masked)
}

interface Rules {
  keys: ReadonlySet<string>
  paths: readonly (readonly string[])[]
}

const rulesOf = (fields: readonly string[]): Rules => ({
  keys: new Set(fields.filter((field) => !field.includes('.')).map((field) => wordsOf(field).join(' '))),
  paths: fields.filter((field) => field.includes('.')).map((field) => field.split('.')),
})

function maskValue(value: unknown, path: readonly string[], rules: Rules): unknown {
  if (typeof value === 'string') return value.replace(mailAddress, masked)
  if (typeof value !== 'object' || value === null) return value
  if (path.length >= deepest) return masked
  const shown = (key: string, held: unknown): unknown => {
    const at = [...path, key]
    return held !== null && isMasked(at, rules) ? masked : maskValue(held, at, rules)
  }
  if (Array.isArray(value)) return value.map((held, index) => shown(String(index), held))
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, shown(key, held)]))
}

const isMasked = (path: readonly string[], { keys, paths }: Rules): boolean =>
  endingsOf(path.at(-1) ?? '').some((ending) => keys.has(ending)) || paths.some((rule) => fits(rule, path))

const fits = (rule: readonly string[], path: readonly string[]): boolean =>
  rule.length === path.length && rule.every((step, n) => step === '*' || step === path[n])

/** `customerEmail` is `customer email` and `email`. */
const endingsOf = (key: string): string[] => {
  const words = wordsOf(key)
  return words.map((_, n) => words.slice(n).join(' '))
}

const wordsOf = (key: string): string[] =>
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
