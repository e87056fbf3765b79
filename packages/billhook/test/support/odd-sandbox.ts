import {
  type InvoiceData,
  type PageRequest,
  PaymentProviderError,
  type ProviderHost,
  type SubscriptionData,
} from '../../src/providers/provider.ts'
import { SandboxProvider } from '../../src/providers/sandbox/index.ts'

/** The sandbox, seen otherwise than it is: what a provider may show that the sandbox itself never does. */
export class OddSandbox extends SandboxProvider {
  /** By external id: other values, deleted, or in a shape that the adapter cannot read. */
  readonly subscriptions = new Map<string, Partial<SubscriptionData> | 'gone' | 'unreadable'>()
  readonly invoices = new Map<string, Partial<InvoiceData>>()
  /** Subscriptions that were made without us. */
  extra: SubscriptionData[] = []

  constructor(host: ProviderHost) {
    super(host)
    const { listSubscriptions, listInvoices } = this.account
    Object.assign(this.account, {
      listSubscriptions: async (request: PageRequest) => {
        const page = await listSubscriptions(request)
        const seen = [...page.data, ...this.extra].map(
          (data) => [data, this.subscriptions.get(data.externalSubscriptionId)] as const,
        )
        return {
          ...page,
          data: seen.flatMap(([data, view]) => (typeof view === 'string' ? [] : [{ ...data, ...view }])),
          unreadable: seen.flatMap(([{ externalSubscriptionId: externalId }, view]) =>
            view === 'unreadable' ? [{ externalId, reason: 'a currency of the moon' }] : [],
          ),
        }
      },
      listInvoices: async (request: PageRequest) => {
        const page = await listInvoices(request)
        return { ...page, data: page.data.map((data) => ({ ...data, ...this.invoices.get(data.externalInvoiceId) })) }
      },
    })
  }

  override async retrieveSubscription(id: string): Promise<SubscriptionData> {
    const view = this.subscriptions.get(id)
    const made = this.extra.find(({ externalSubscriptionId }) => externalSubscriptionId === id)
    if (view !== 'gone')
      return { ...(made ?? (await super.retrieveSubscription(id))), ...(typeof view === 'object' && view) }
    throw new PaymentProviderError({
      provider: this.providerName,
      code: 'resource_missing',
      detail: `There is no ${id}.`,
      retryable: false,
      outcome: 'failed',
    })
  }

  override async retrieveInvoice(id: string): Promise<InvoiceData> {
    return { ...(await super.retrieveInvoice(id)), ...this.invoices.get(id) }
  }
}
