import type { BillhookConfig, MakeProvider } from 'billhook'
import type { BuiltInProvider } from './built-in-providers.ts'
import type { Configuration } from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'

export interface ChosenProviders {
  providers: Record<string, MakeProvider>
  defaultProvider: string
}

/**
 * Every provider that has its keys is on; those of the configuration file come along. The default is PAYMENT_PROVIDER, else the file's, else
 * the first built-in one with keys, else the only other one, else the sandbox.
 */
export function chooseProviders(
  configuration: Configuration,
  file: BillhookConfig,
  builtIn: Record<string, BuiltInProvider>,
): ChosenProviders {
  const { variables, isProduction } = configuration
  const on = Object.entries(builtIn).filter(([, provider]) => provider.isOn(configuration))
  const providers = {
    ...Object.fromEntries(on.map(([name, provider]) => [name, provider.make(variables)])),
    ...file.providers,
  }
  const names = Object.keys(providers)
  if (names.length === 0) {
    throw new ConfigurationError(
      'No payment provider is configured: set STRIPE_SECRET_KEY, or BILLHOOK_ALLOW_SANDBOX=1 to run the sandbox under NODE_ENV=production.',
    )
  }
  const wanted = variables.PAYMENT_PROVIDER ?? file.defaultProvider
  if (wanted !== undefined && !names.includes(wanted)) {
    const hint =
      wanted === 'sandbox' && isProduction
        ? ' The sandbox needs BILLHOOK_ALLOW_SANDBOX=1 under NODE_ENV=production.'
        : ''
    throw new ConfigurationError(
      `PAYMENT_PROVIDER names "${wanted}", which is not configured; configured: ${names.join(', ')}.${hint}`,
    )
  }
  return { providers, defaultProvider: wanted ?? firstChoice(names, Object.keys(builtIn)) }
}

function firstChoice(names: string[], builtIn: string[]): string {
  const real = names.filter((name) => name !== 'sandbox')
  const preferred = builtIn.find((name) => real.includes(name)) ?? (real.length === 1 ? real[0] : undefined)
  if (preferred) return preferred
  if (real.length === 0) return 'sandbox'
  throw new ConfigurationError(`PAYMENT_PROVIDER must say which provider is the default one: ${real.join(', ')}.`)
}
