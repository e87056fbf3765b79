import { z } from 'zod'
import { ConfigurationError } from './configuration-error.ts'

const setting = z.string().trim().min(1)
const webAddress = (schemes: RegExp, what: string) =>
  setting.refine((value) => URL.canParse(value) && schemes.test(new URL(value).protocol), {
    message: what,
    abort: true,
  })
const httpAddress = webAddress(/^https?:$/, 'must be an http or https address')
const apiKeys = setting
  .transform((value) => value.split(',').map((key) => key.trim()))
  .refine(
    (keys) => keys.every((key) => /^[\x21-\x7e]{16,200}$/.test(key)),
    'must be 16 to 200 visible characters; several, while rotating, are separated by commas',
  )

/** Every variable that the service reads. */
const variables = z.object({
  NODE_ENV: setting.default('development'),
  PORT: z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be 1 to 65535')
    .max(65_535, 'must be 1 to 65535')
    .default(4242),
  /** The address to listen on. */
  HOST: setting.optional(),
  BILLHOOK_URL: httpAddress
    .refine(
      (value) => new URL(value).search === '' && new URL(value).hash === '',
      'must have neither query nor fragment',
    )
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  // Not checked as a URL: a socket's address has no host, which URL does not take.
  DATABASE_URL: setting.regex(/^postgres(ql)?:\/\/\S+$/, 'must be a postgres:// address').optional(),
  BILLHOOK_DATA_DIR: setting.default('.billhook'),
  BILLHOOK_API_KEY: apiKeys.optional(),
  BILLHOOK_JWT_SECRET: setting
    .refine((value) => Buffer.byteLength(value) >= 32, 'must be at least 32 bytes long')
    .optional(),
  BILLHOOK_JWKS_URL: httpAddress.optional(),
  BILLHOOK_JWT_ISSUER: setting.optional(),
  BILLHOOK_JWT_AUDIENCE: setting.optional(),
  BILLHOOK_ALLOW_SANDBOX: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
  BILLHOOK_ALLOW_PRIVATE_WEBHOOKS: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
  /** How often each provider is compared with what is kept here. */
  BILLHOOK_RECONCILE_HOURS: z.coerce
    .number('must be a number of hours, 0 for never')
    .int('must be a whole number of hours, 0 for never')
    .min(0, 'must be 0 to 8760')
    .max(8_760, 'must be 0 to 8760')
    .default(24),
  /** How long what a webhook event said is kept once it is done with. */
  BILLHOOK_PAYLOAD_DAYS: z.coerce
    .number('must be a number of days, 0 for ever')
    .int('must be a whole number of days, 0 for ever')
    .min(0, 'must be 0 to 36500')
    .max(36_500, 'must be 0 to 36500')
    .default(90),
  /** How late usage of a period that is over still counts. */
  BILLHOOK_USAGE_LATE_DAYS: z.coerce
    .number('must be a number of days')
    .int('must be a whole number of days')
    .min(0, 'must be 0 to 365')
    .max(365, 'must be 0 to 365')
    .default(7),
  /** How long counted events are kept; what they came to is kept for ever. */
  BILLHOOK_USAGE_RETENTION_DAYS: z.coerce
    .number('must be a number of days, 0 for ever')
    .int('must be a whole number of days, 0 for ever')
    .refine((days) => days === 0 || (days >= 70 && days <= 36_500), 'must be 0, or 70 to 36500')
    .default(400),
  /** Masked in shown payloads besides what is masked anyway: keys, or paths with dots. */
  BILLHOOK_MASKED_FIELDS: setting
    .transform((value) => value.split(',').map((field) => field.trim()))
    .refine(
      (fields) => fields.every((field) => /^[\w*-]+(\.[\w*-]+)*$/.test(field)),
      'must be keys or paths with dots, separated by commas',
    )
    .default([]),
  PAYMENT_PROVIDER: setting
    .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be the name of a provider, such as stripe, paypal or sandbox')
    .optional(),
  STRIPE_SECRET_KEY: setting.optional(),
  STRIPE_PUBLISHABLE_KEY: setting.optional(),
  STRIPE_WEBHOOK_SECRET: setting
    .transform((value) =>
      value
        .split(',')
        .map((secret) => secret.trim())
        .filter(Boolean),
    )
    .default([]),
  STRIPE_API_BASE: httpAddress.optional(),
  PAYPAL_CLIENT_ID: setting.optional(),
  PAYPAL_CLIENT_SECRET: setting.optional(),
  PAYPAL_MODE: z.enum(['sandbox', 'live'], { error: 'must be sandbox or live' }).optional(),
  PAYPAL_WEBHOOK_ID: setting.optional(),
  PAYPAL_API_BASE: httpAddress.optional(),
})
export type Variables = z.output<typeof variables>
export const variableNames: readonly string[] = Object.keys(variables.shape)

export interface Configuration {
  variables: Variables
  isProduction: boolean
  /** Neither production nor a test run: shows demonstration data and keys. */
  isDevelopment: boolean
  /** Where the service is reached from outside, without a slash at the end. */
  baseUrl: string
  /** Of the configuration, so that the log can leave them out. */
  secrets: string[]
}

/** Errors: ConfigurationError, which names the variable and says what is wrong, never its value. */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  // An empty variable is what a compose file gives for one that is not set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()))
  const parsed = variables.safeParse(given)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ConfigurationError(`${issue?.path.join('.') ?? 'The configuration'} ${issue?.message ?? 'is wrong'}.`)
  }
  const isProduction = parsed.data.NODE_ENV === 'production'
  for (const rule of [...rules, ...(isProduction ? productionRules : [])]) {
    const sentence = rule(parsed.data)
    if (sentence) throw new ConfigurationError(sentence)
  }
  return {
    variables: parsed.data,
    isProduction,
    isDevelopment: parsed.data.NODE_ENV === 'development',
    baseUrl: parsed.data.BILLHOOK_URL ?? `http://localhost:${parsed.data.PORT}`,
    secrets: secretsOf(parsed.data),
  }
}

/** Answers the sentence that stops the start, if the rule is broken. */
type Rule = (settings: Variables) => string | false | undefined

const rules: Rule[] = [
  (is) =>
    is.BILLHOOK_JWT_SECRET &&
    is.BILLHOOK_JWKS_URL &&
    'BILLHOOK_JWT_SECRET and BILLHOOK_JWKS_URL exclude each other: set one of them.',
  (is) =>
    (is.BILLHOOK_JWT_ISSUER || is.BILLHOOK_JWT_AUDIENCE) &&
    !is.BILLHOOK_JWT_SECRET &&
    !is.BILLHOOK_JWKS_URL &&
    'BILLHOOK_JWT_ISSUER and BILLHOOK_JWT_AUDIENCE do nothing without BILLHOOK_JWT_SECRET or BILLHOOK_JWKS_URL.',
]

const productionRules: Rule[] = [
  (is) =>
    !is.DATABASE_URL &&
    'DATABASE_URL is required under NODE_ENV=production: the embedded database is for trying out and development.',
  (is) => !is.BILLHOOK_API_KEY && 'BILLHOOK_API_KEY is required under NODE_ENV=production.',
  (is) =>
    is.STRIPE_API_BASE &&
    !isLoopback(new URL(is.STRIPE_API_BASE).hostname) &&
    'STRIPE_API_BASE may only name a loopback address under NODE_ENV=production.',
  (is) =>
    is.PAYPAL_API_BASE &&
    !isLoopback(new URL(is.PAYPAL_API_BASE).hostname) &&
    'PAYPAL_API_BASE may only name a loopback address under NODE_ENV=production.',
]

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname)

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Written with a bare percent sign: it is meant as it stands.
    return text
  }
}

function secretsOf(is: Variables): string[] {
  const password = /:\/\/[^:/@]*:([^@]*)@/.exec(is.DATABASE_URL ?? '')?.[1] ?? ''
  const secrets = [
    ...(is.BILLHOOK_API_KEY ?? []),
    is.BILLHOOK_JWT_SECRET,
    is.STRIPE_SECRET_KEY,
    ...is.STRIPE_WEBHOOK_SECRET,
    is.PAYPAL_CLIENT_SECRET,
    password,
    decoded(password),
  ]
  return [...new Set(secrets.filter((secret) => secret !== undefined && secret.length >= 4))].filter(
    (s) => s !== undefined,
  )
}
