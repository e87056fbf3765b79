import { BillhookError } from '../primitives/index.ts'
import type { MakeProvider } from './provider.ts'

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** How a kind of provider is made of environment variables: the same for a service, a script and a host. */
export interface EnvironmentProvider {
  /** What is not set and has to be, as a person would write it (`ACME_SECRET_KEY`); null when it has what it needs. */
  missing(environment: Environment): string | null
  /** Error: `provider_misconfigured`, which names the variable that is wrong and never shows its value. */
  make(environment: Environment): MakeProvider
  /** Becomes the default one only where no other is configured. */
  isFallback?: boolean
}

export interface FromEnvironmentInput {
  /** `process.env` when left out. An empty variable counts as one that is not set. */
  environment?: Environment | undefined
  /** Providers that are on when their variables are set; the first of them becomes the default one. */
  known: Readonly<Record<string, EnvironmentProvider>>
  /** More accounts, made by other means. */
  more?: Readonly<Record<string, MakeProvider>> | undefined
  /** Where `PAYMENT_PROVIDER` is not set. */
  defaultProvider?: string | undefined
}

export interface ChosenProviders {
  providers: Record<string, MakeProvider>
  defaultProvider: string
}

/**
 * Every provider that has its variables is on. The default is PAYMENT_PROVIDER, else the one named here, else the first known one, else the
 * only other one, else the fallback.
 *
 * Errors: `unknown_provider` (404) for a default that nothing is known of; `provider_misconfigured` (500) for one that misses a variable,
 * by the variable's name; `no_default_provider` (500) where none or several could be meant.
 */
export function providersFromEnvironment(input: FromEnvironmentInput & { environment: Environment }): ChosenProviders {
  const { known, more = {} } = input
  const environment = withoutEmpty(input.environment)
  const on = Object.entries(known).filter(([, provider]) => provider.missing(environment) === null)
  const providers = {
    ...Object.fromEntries(on.map(([name, provider]) => [name, provider.make(environment)])),
    ...more,
  }
  const names = Object.keys(providers)
  if (names.length === 0) throw nothingConfigured(known, environment)
  const wanted = environment.PAYMENT_PROVIDER ?? input.defaultProvider
  if (wanted !== undefined && !names.includes(wanted)) throw notConfigured(wanted, known[wanted], environment, names)
  return { providers, defaultProvider: wanted ?? firstChoice(names, known) }
}

/** An empty variable is what a compose file gives for one that is not set. */
const withoutEmpty = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()))

function nothingConfigured(known: FromEnvironmentInput['known'], environment: Environment): BillhookError {
  const missing = Object.values(known).map((provider) => provider.missing(environment))
  return new BillhookError(
    'no_default_provider',
    `No payment provider is configured: set ${missing.join(' or ') || 'one up'}.`,
    { status: 500 },
  )
}

function notConfigured(
  name: string,
  provider: EnvironmentProvider | undefined,
  environment: Environment,
  configured: string[],
): BillhookError {
  const variable = provider?.missing(environment)
  if (variable)
    return new BillhookError(
      'provider_misconfigured',
      `PAYMENT_PROVIDER names "${name}", which is not configured: set ${variable}.`,
      { status: 500, facts: { provider: name, variable } },
    )
  return new BillhookError(
    'unknown_provider',
    `PAYMENT_PROVIDER names "${name}", which is not configured; configured: ${configured.join(', ')}.`,
    { status: 404, facts: { provider: name } },
  )
}

function firstChoice(names: string[], known: FromEnvironmentInput['known']): string {
  const [fallback] = names.filter((name) => known[name]?.isFallback)
  const real = names.filter((name) => !known[name]?.isFallback)
  const preferred = Object.keys(known).find((name) => real.includes(name)) ?? (real.length === 1 ? real[0] : undefined)
  if (preferred) return preferred
  if (real.length === 0 && fallback) return fallback
  throw new BillhookError(
    'no_default_provider',
    `PAYMENT_PROVIDER must say which provider is the default one: ${real.join(', ')}.`,
    { status: 500 },
  )
}
