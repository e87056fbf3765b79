import { BillhookError } from '../primitives/index.ts'
import { type FromEnvironmentInput, providersFromEnvironment } from './environment-provider.ts'
import type { BasePaymentProvider, MakeProvider, ProviderHost } from './provider.ts'
import { scriptHost } from './script-host.ts'

/**
 * The registry of provider accounts, one per BillingService. A provider is made once, on first use, from what the host gives it.
 * Errors: `unknown_provider` (404) names what is registered; `no_default_provider` (500) when nothing was named.
 */
export class PaymentProviderFactory {
  readonly #makers = new Map<string, MakeProvider>()
  readonly #made = new Map<string, BasePaymentProvider>()
  readonly #host: (providerName: string) => ProviderHost
  readonly #defaultName: string | undefined

  constructor(options: { host: (providerName: string) => ProviderHost; defaultProvider?: string | undefined }) {
    this.#host = options.host
    this.#defaultName = options.defaultProvider
  }

  /**
   * The registry of what environment variables configure, each provider named as in `known`. Without a `host`, as in a script, providers
   * get the wall clock, plain fetch and no store for state. The service reads its variables by this, too.
   *
   * Errors: `unknown_provider` for a PAYMENT_PROVIDER that nothing is known of; `provider_misconfigured`, which names the variable that is
   * missing or wrong and never shows a value; `no_default_provider` where none or several could be the default one.
   */
  static fromEnvironment({
    host,
    environment = process.env,
    ...input
  }: FromEnvironmentInput & { host?: (providerName: string) => ProviderHost }): PaymentProviderFactory {
    const { providers, defaultProvider } = providersFromEnvironment({ ...input, environment })
    const factory = new PaymentProviderFactory({
      host: host ?? ((name) => scriptHost(name, environment)),
      defaultProvider,
    })
    for (const [name, make] of Object.entries(providers)) factory.registerProvider(name, make)
    return factory
  }

  registerProvider(name: string, make: MakeProvider): this {
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
      throw new BillhookError(
        'invalid_provider_name',
        `"${name}" is no provider name: lower-case letters, digits and dashes, at most 40.`,
      )
    }
    if (this.#makers.has(name))
      throw new BillhookError('provider_exists', `A provider named "${name}" is registered already.`)
    this.#makers.set(name, make)
    return this
  }

  getProvider(name: string = this.defaultName): BasePaymentProvider {
    const known = this.#made.get(name)
    if (known) return known
    const make = this.#makers.get(name)
    if (!make) {
      const names = this.names.join(', ') || 'none'
      throw new BillhookError('unknown_provider', `No provider is named "${name}". Registered: ${names}.`, {
        status: 404,
      })
    }
    const provider = make(this.#host(name))
    this.#made.set(name, provider)
    return provider
  }

  /** Every registered account, made now if it was not yet. */
  all(): BasePaymentProvider[] {
    return this.names.map((name) => this.getProvider(name))
  }

  /** How each account is made, to register them with another host: `createBilling({ providers: factory.makers })`. */
  get makers(): Record<string, MakeProvider> {
    return Object.fromEntries(this.#makers)
  }

  get names(): string[] {
    return [...this.#makers.keys()]
  }

  get defaultName(): string {
    const only = this.#makers.size === 1 ? this.names[0] : undefined
    const name = this.#defaultName ?? only
    if (!name) {
      throw new BillhookError(
        'no_default_provider',
        `Name a provider, or set a default one. Registered: ${this.names.join(', ') || 'none'}.`,
        {
          status: 500,
        },
      )
    }
    return name
  }
}
