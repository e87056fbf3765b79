import {
  type BasePaymentProvider,
  type CheckoutSessionData,
  type CustomerData,
  type InvoiceData,
  type OperationKind,
  type OperationKinds,
  type PauseAbility,
  PaymentProviderError,
  type ProviderErrorCode,
  type ProviderEvent,
  type ProviderOperation,
  type SubscriptionChangeResult,
  type SubscriptionData,
} from '../../../providers/provider.ts'
import type { ContractGroup } from '../check.ts'
import type { ContractHarness } from '../harness.ts'

/** What is done otherwise; everything else is done by the right adapter. */
export type Deviation = Partial<BasePaymentProvider>
export type Deviate = (right: BasePaymentProvider, harness: ContractHarness) => Deviation

/** An adapter that is right but for one mistake, and the check whose guarantee the mistake breaks. */
export interface WrongAdapter {
  group: ContractGroup
  caughtBy: string
  mistake: string
  deviate: Deviate
}

/** The mistakes that the checks of one group catch: check by check, mistake by mistake. */
export function mistakesAgainst(group: ContractGroup, table: Record<string, Record<string, Deviate>>): WrongAdapter[] {
  return Object.entries(table).flatMap(([caughtBy, mistakes]) =>
    Object.entries(mistakes).map(([mistake, deviate]) => ({ group, caughtBy, mistake, deviate })),
  )
}

/** The right harness around an adapter that makes one mistake. */
export function makeWrong(harness: ContractHarness, deviate: Deviate): ContractHarness {
  return { ...harness, provider: deviating(harness.provider, deviate(harness.provider, harness)) }
}

function deviating(right: BasePaymentProvider, deviation: Deviation): BasePaymentProvider {
  return new Proxy(right, {
    get: (target, key) => {
      if (Object.hasOwn(deviation, key)) return Reflect.get(deviation, key)
      const value: unknown = Reflect.get(target, key)
      // Adapters keep private fields, which only the object itself can reach.
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

interface Views {
  customer?: (data: CustomerData) => CustomerData
  session?: (data: CheckoutSessionData) => CheckoutSessionData
  subscription?: (data: SubscriptionData) => SubscriptionData
  invoice?: (data: InvoiceData) => InvoiceData
}

const same = <T>(data: T): T => data

/** Reads some kinds of objects wrong, wherever they come from: calls, lists and webhooks alike. */
export function misreading(views: Views): Deviate {
  const { customer = same, session = same, subscription = same, invoice = same } = views
  const change = (result: SubscriptionChangeResult) => ({ ...result, subscription: subscription(result.subscription) })
  return (right) => ({
    createCustomer: async (...call) => customer(await right.createCustomer(...call)),
    getOrCreateCustomer: async (...call) => customer(await right.getOrCreateCustomer(...call)),
    createCheckoutSession: async (...call) => session(await right.createCheckoutSession(...call)),
    retrieveCheckoutSession: async (...call) => session(await right.retrieveCheckoutSession(...call)),
    expireCheckoutSession: async (...call) => session(await right.expireCheckoutSession(...call)),
    retrieveSubscription: async (...call) => subscription(await right.retrieveSubscription(...call)),
    listSubscriptions: async (...call) => {
      const page = await right.listSubscriptions(...call)
      return { ...page, data: page.data.map(subscription) }
    },
    cancelSubscription: async (...call) => change(await right.cancelSubscription(...call)),
    reactivateSubscription: async (...call) => change(await right.reactivateSubscription(...call)),
    updateSubscription: async (...call) => change(await right.updateSubscription(...call)),
    retrieveInvoice: async (...call) => invoice(await right.retrieveInvoice(...call)),
    listInvoices: async (...call) => {
      const page = await right.listInvoices(...call)
      return { ...page, data: page.data.map(invoice) }
    },
    ...(right.payInvoice && {
      payInvoice: async (...call: Parameters<NonNullable<typeof right.payInvoice>>) => {
        const result = await abilityOf(right.payInvoice).call(right, ...call)
        return { ...result, ...(result.invoice && { invoice: invoice(result.invoice) }) }
      },
    }),
  })
}

/** Understands some events wrong. */
export function misunderstanding(change: (event: ProviderEvent) => ProviderEvent): Deviate {
  return (right) => ({ handleWebhookEvent: (event) => right.handleWebhookEvent(event).map(change) })
}

/** Takes events of one kind for nothing. */
export const missing = (kind: ProviderEvent['kind']): Deviate =>
  misunderstanding((event) => (event.kind === kind ? { kind: 'ignored', reason: 'nobody subscribed to it' } : event))

/** The ability of an adapter that is known to have it. */
export function abilityOf<T>(ability: T | undefined): T {
  if (ability === undefined) throw new Error('the right adapter lacks the ability that was to be broken')
  return ability
}

/** Pauses otherwise; the change is given the right ability and the whole right adapter. */
export function pausing(change: (own: PauseAbility, right: BasePaymentProvider) => Partial<PauseAbility>): Deviate {
  return (right) => {
    const ability = abilityOf(right.pause)
    const own: PauseAbility = {
      pauseSubscription: (...call) => ability.pauseSubscription(...call),
      resumeSubscription: (...call) => ability.resumeSubscription(...call),
    }
    return { pause: { ...own, ...change(own, right) } }
  }
}

let lastKey = 0

/** An operation under a key that nobody has seen, as when somebody forgets to pass the key on. */
export function withNewKey<K extends OperationKind>(operation: ProviderOperation<K>): ProviderOperation<K> {
  lastKey += 1
  return { ...operation, id: `${operation.id}_${lastKey}`, idempotencyKey: `${operation.idempotencyKey}_${lastKey}` }
}

export function newOperation<K extends OperationKind>(
  kind: K,
  input: OperationKinds[K]['input'],
): ProviderOperation<K> {
  return withNewKey({ id: 'bhop_wrong', idempotencyKey: 'key_wrong', kind, input, startedAt: new Date(0) })
}

export function failure(provider: string, code: ProviderErrorCode): PaymentProviderError {
  return new PaymentProviderError({ provider, code, detail: 'The provider said no.' })
}

export const rejected = (provider: string): PaymentProviderError => failure(provider, 'provider_rejected')

/** The same call, with an error of one code answered otherwise. */
export function onError<T>(call: Promise<T>, code: ProviderErrorCode, answer: () => T | Promise<T>): Promise<T> {
  return call.catch((error: unknown) => {
    if (error instanceof PaymentProviderError && error.code === code) return answer()
    throw error
  })
}
