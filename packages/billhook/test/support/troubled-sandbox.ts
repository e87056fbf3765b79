import type { BasePaymentProvider, MakeProvider, PauseAbility, ProviderHost } from '../../src/providers/provider.ts'
import { PaymentProviderError } from '../../src/providers/provider.ts'
import { type SandboxOptions, SandboxProvider } from '../../src/providers/sandbox/index.ts'

/**
 * - `answer_lost`: the provider does the work, and its answer never comes.
 * - `never_arrives`: the call is lost on its way; nothing is done, and nobody here can know.
 * - `refused`: the provider says no.
 * - `down`: not even reading works.
 */
export type Trouble = 'answer_lost' | 'never_arrives' | 'refused' | 'down'

type Call = keyof BasePaymentProvider | keyof PauseAbility

/** The sandbox behind a bad line: it does all of its work itself, and this only decides what of it is heard. */
export class TroubledSandbox extends SandboxProvider {
  /** What happens to the calls of a method, until it is taken out again. */
  readonly troubles = new Map<Call, Trouble>()
  /** How often a method did its work. */
  readonly done = new Map<Call, number>()
  /** Runs after the work is done and before its answer is heard. */
  meanwhile: (() => Promise<void>) | null = null

  constructor(host: ProviderHost, options: SandboxOptions = {}) {
    super(host, options)
    const { payInvoice, pause } = this
    if (payInvoice) {
      const troubled: typeof payInvoice = (...input) => this.#call('payInvoice', () => payInvoice(...input))
      Object.assign(this, { payInvoice: troubled })
    }
    if (!pause) return
    const troubled: PauseAbility = {
      pauseSubscription: (...input) => this.#call('pauseSubscription', () => pause.pauseSubscription(...input)),
      resumeSubscription: (...input) => this.#call('resumeSubscription', () => pause.resumeSubscription(...input)),
    }
    Object.assign(this, { pause: troubled })
  }

  override createCustomer(...input: Parameters<SandboxProvider['createCustomer']>) {
    return this.#call('createCustomer', () => super.createCustomer(...input))
  }
  override createCheckoutSession(...input: Parameters<SandboxProvider['createCheckoutSession']>) {
    return this.#call('createCheckoutSession', () => super.createCheckoutSession(...input))
  }
  override cancelSubscription(...input: Parameters<SandboxProvider['cancelSubscription']>) {
    return this.#call('cancelSubscription', () => super.cancelSubscription(...input))
  }
  override updateSubscription(...input: Parameters<SandboxProvider['updateSubscription']>) {
    return this.#call('updateSubscription', () => super.updateSubscription(...input))
  }
  override retrieveSubscription(...input: Parameters<SandboxProvider['retrieveSubscription']>) {
    return this.#call('retrieveSubscription', () => super.retrieveSubscription(...input))
  }
  override retrieveInvoice(...input: Parameters<SandboxProvider['retrieveInvoice']>) {
    return this.#call('retrieveInvoice', () => super.retrieveInvoice(...input))
  }

  async #call<T>(name: Call, work: () => Promise<T>): Promise<T> {
    const trouble = this.troubles.get(name)
    if (trouble === 'never_arrives') throw this.#error('outcome_unknown', 'unknown')
    if (trouble === 'refused') throw this.#error('provider_rejected', 'failed')
    if (trouble === 'down') throw this.#error('provider_unavailable', 'failed')
    const answer = await work()
    this.done.set(name, (this.done.get(name) ?? 0) + 1)
    const meanwhile = this.meanwhile
    this.meanwhile = null
    await meanwhile?.()
    if (trouble === 'answer_lost') throw this.#error('outcome_unknown', 'unknown')
    return answer
  }

  #error(code: 'outcome_unknown' | 'provider_rejected' | 'provider_unavailable', outcome: 'failed' | 'unknown') {
    const retryable = code !== 'provider_rejected'
    return new PaymentProviderError({
      provider: this.providerName,
      code,
      detail: 'the line is bad',
      retryable,
      outcome,
    })
  }
}

/** One provider for one shop: `provider()` answers it once the shop has been opened. */
export function troubledSandbox(options: SandboxOptions = {}) {
  let made: TroubledSandbox | null = null
  const make: MakeProvider = (host) => {
    made ??= new TroubledSandbox(host, options)
    return made
  }
  return {
    make,
    provider: (): TroubledSandbox => {
      if (!made) throw new Error('no shop has been opened with this provider')
      return made
    },
  }
}
