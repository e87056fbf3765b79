import { z } from 'zod'
import type { Environment } from '../environment-provider.ts'
import { PaymentProviderError } from '../provider-error.ts'

const optionsSchema = z.object({
  /** Decides live or test by its prefix. A restricted key (`rk_`) will do. */
  secretKey: z
    .string({ error: 'is missing. It starts with sk_test_ or sk_live_' })
    .trim()
    .regex(
      /^(sk|rk)_(test|live)_\S+$/,
      'is no Stripe secret key. It starts with sk_test_, sk_live_, rk_test_ or rk_live_',
    ),
  /** All that are valid now: two while one is being rotated. Without any, deliveries are refused with 503. */
  webhookSecrets: z.array(z.string().trim().min(1, 'holds an empty secret')).default([]),
  publishableKey: z
    .string()
    .trim()
    .regex(/^pk_(test|live)_\S+$/, 'is no Stripe publishable key. It starts with pk_test_ or pk_live_')
    .nullish(),
  /** Origin of an emulator; Stripe's own when left out. */
  apiBase: z
    .url({ protocol: /^https?$/, error: 'is no http(s) address' })
    .refine((base) => new URL(base).pathname === '/', 'must be an origin without a path')
    .optional(),
  timeoutMs: z.int().min(1).max(80_000).default(20_000),
  /** Retries of the SDK on cut connections and 5xx, safe because every write carries a key. */
  maxNetworkRetries: z.int().min(0).max(1).default(1),
})

export type StripeOptions = Omit<z.input<typeof optionsSchema>, 'secretKey'> & { secretKey: string | undefined }
export type StripeSettings = z.output<typeof optionsSchema> & { mode: 'live' | 'test' }

const variables = new Map<PropertyKey, string>([
  ['secretKey', 'STRIPE_SECRET_KEY'],
  ['webhookSecrets', 'STRIPE_WEBHOOK_SECRET'],
  ['publishableKey', 'STRIPE_PUBLISHABLE_KEY'],
  ['apiBase', 'STRIPE_API_BASE'],
])

/** Several webhook secrets, while one is being rotated, are separated by commas. */
export function optionsFromEnvironment(environment: Environment): StripeOptions {
  const secrets = (environment.STRIPE_WEBHOOK_SECRET ?? '').split(',').map((secret) => secret.trim())
  return {
    secretKey: environment.STRIPE_SECRET_KEY,
    publishableKey: environment.STRIPE_PUBLISHABLE_KEY,
    webhookSecrets: secrets.filter(Boolean),
    apiBase: environment.STRIPE_API_BASE,
  }
}

/** Throws `provider_misconfigured` that names the setting and never shows its value. */
export function parseOptions(options: StripeOptions): StripeSettings {
  const parsed = optionsSchema.safeParse(options)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw misconfigured(issue?.path[0] ?? 'options', issue?.message ?? 'is wrong')
  }
  const settings = parsed.data
  const mode = modeOf(settings.secretKey)
  if (settings.publishableKey && modeOf(settings.publishableKey) !== mode) {
    throw misconfigured('publishableKey', `is not of the secret key's mode (${mode})`)
  }
  return { ...settings, mode }
}

function modeOf(key: string): 'live' | 'test' {
  return key.slice(3).startsWith('live_') ? 'live' : 'test'
}

function misconfigured(setting: PropertyKey, what: string): PaymentProviderError {
  const variable = variables.get(setting)
  const name = `${String(setting)}${variable ? ` (${variable})` : ''}`
  return new PaymentProviderError({
    provider: 'stripe',
    code: 'provider_misconfigured',
    detail: `Stripe's setting ${name} ${what}.`,
  })
}
