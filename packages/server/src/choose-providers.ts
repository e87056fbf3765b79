import { type BillhookConfig, type EnvironmentProvider, type MakeProvider, PaymentProviderFactory } from 'billhook'
import type { Configuration, Variables } from './configuration.ts'

export interface ChosenProviders {
  providers: Record<string, MakeProvider>
  defaultProvider: string
}

/** Every provider that has its keys is on; those of the configuration file come along, and PAYMENT_PROVIDER goes before its default. */
export function chooseProviders(
  { variables }: Configuration,
  file: BillhookConfig,
  builtIn: Record<string, EnvironmentProvider>,
): ChosenProviders {
  const factory = PaymentProviderFactory.fromEnvironment({
    environment: asWritten(variables),
    known: builtIn,
    more: file.providers,
    defaultProvider: file.defaultProvider,
  })
  return { providers: factory.makers, defaultProvider: factory.defaultName }
}

/** Checked variables as text again; a list was separated by commas. */
const asWritten = (variables: Variables): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
