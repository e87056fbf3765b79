import { z } from 'zod'
import type { Environment } from '../environment-provider.ts'
import { PaymentProviderError } from '../provider-error.ts'

const required = (what: string) =>
  z
    .string({ error: `is missing. ${what}` })
    .trim()
    .min(1, `is empty. ${what}`)

const optionsSchema = z.object({
  clientId: required('It is the client id of a REST app in the PayPal developer dashboard'),
  clientSecret: required('It is the secret of the same REST app'),
  mode: z.enum(['sandbox', 'live'], { error: 'must be sandbox or live' }),
  /** The id of our own registration (not of an event); without it deliveries are refused with 503. */
  webhookId: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9_-]{1,50}$/, 'is no webhook id. PayPal shows it beside the webhook’s address')
    .optional(),
  /** Origin of an emulator; PayPal's own when left out. */
  apiBase: z
    .url({ protocol: /^https?$/, error: 'is no http(s) address' })
    .refine((base) => new URL(base).pathname === '/', 'must be an origin without a path')
    .optional(),
  /** `offline`: against PayPal's certificate. `online`: PayPal is asked about every delivery. */
  verification: z.enum(['offline', 'online'], { error: 'must be offline or online' }).default('offline'),
  /** Certificates (PEM) that a chain may end in, besides those that Node trusts. */
  trustedRoots: z
    .array(z.string().includes('-----BEGIN CERTIFICATE-----', { error: 'holds no PEM certificate' }))
    .default([]),
  /** Name on PayPal's pages; the account's own when left out. */
  brandName: z.string().trim().min(1).max(127, 'is longer than 127 characters').optional(),
  /** One rate on top of every price, as PayPal has no other tax: "19" or "7.7". */
  taxPercentage: z
    .string()
    .regex(/^\d{1,2}(\.\d{1,4})?$/, 'is no percentage such as 19 or 7.7')
    .default('0'),
  /** Failed cycles in a row after which PayPal stops a subscription; its own default is never. */
  paymentFailureThreshold: z.int().min(1).max(999).default(2),
  timeoutMs: z.int().min(1).max(80_000).default(20_000),
})

export type PayPalOptions = Omit<z.input<typeof optionsSchema>, 'clientId' | 'clientSecret' | 'mode'> & {
  clientId: string | undefined
  clientSecret: string | undefined
  mode: 'sandbox' | 'live'
}
export type PayPalSettings = z.output<typeof optionsSchema> & {
  /** Where every request goes. */
  origin: string
}

const origins = { sandbox: 'https://api-m.sandbox.paypal.com', live: 'https://api-m.paypal.com' }

const variables = new Map<PropertyKey, string>([
  ['clientId', 'PAYPAL_CLIENT_ID'],
  ['clientSecret', 'PAYPAL_CLIENT_SECRET'],
  ['mode', 'PAYPAL_MODE'],
  ['webhookId', 'PAYPAL_WEBHOOK_ID'],
  ['apiBase', 'PAYPAL_API_BASE'],
])

/** Sandbox unless PAYPAL_MODE says `live`: real money is asked for by name. */
export function optionsFromEnvironment(environment: Environment): PayPalOptions {
  const mode = environment.PAYPAL_MODE?.trim() || 'sandbox'
  if (mode !== 'sandbox' && mode !== 'live') throw misconfigured('mode', 'must be sandbox or live')
  return {
    clientId: environment.PAYPAL_CLIENT_ID,
    clientSecret: environment.PAYPAL_CLIENT_SECRET,
    mode,
    webhookId: environment.PAYPAL_WEBHOOK_ID || undefined,
    apiBase: environment.PAYPAL_API_BASE || undefined,
  }
}

/** Throws `provider_misconfigured` that names the setting and never shows its value. */
export function parseOptions(options: PayPalOptions): PayPalSettings {
  const parsed = optionsSchema.safeParse(options)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw misconfigured(issue?.path[0] ?? 'options', issue?.message ?? 'is wrong')
  }
  const settings = parsed.data
  return { ...settings, origin: settings.apiBase ? new URL(settings.apiBase).origin : origins[settings.mode] }
}

function misconfigured(setting: PropertyKey, what: string): PaymentProviderError {
  const variable = variables.get(setting)
  const name = `${String(setting)}${variable ? ` (${variable})` : ''}`
  return new PaymentProviderError({
    provider: 'paypal',
    code: 'provider_misconfigured',
    detail: `PayPal's setting ${name} ${what}.`,
  })
}
