import { type VerifyWebhookInput, verifyWebhook } from '../outbox/verify-webhook.ts'
import { BillhookError } from '../primitives/errors.ts'
import type { ClientOptions } from './options.ts'
import { OrganizationEntitlements } from './organization-entitlements.ts'
import { makeService } from './service.ts'
import { makeSnapshotSource } from './snapshot-source.ts'
import type { NewUsage, UsageEntry } from './usage-entry.ts'
import { UsageOutbox } from './usage-outbox.ts'

const mostOrganizations = 10_000
/** Types of events that may change what an organization may do. */
const bearsOnEntitlements = /^(entitlements|subscription|usage)\./

/** For a service that asks Billhook over HTTP: checks without I/O, and usage that is never lost. */
export interface BillhookClient {
  /** Of an organization, by our id or yours; empty where the key says which. The first call asks the service; later ones are at once. */
  entitlementsOf(organization?: string): Promise<OrganizationEntitlements>
  /**
   * For the route that takes the service's webhooks: what one says has changed is asked for at once, instead of at the next poll. Other events are
   * none of its business. Errors: `webhook_secret_required`, those of `verifyWebhook` of `billhook/webhooks`.
   */
  receiveWebhook(request: Pick<VerifyWebhookInput, 'body' | 'headers'>): Promise<void>
  /** Counts a fact. Kept on disk when it resolves, and delivered from there. Errors: `usage_outbox_full`, `usage_outbox_closed`, `usage_not_configured`. */
  record(usage: NewUsage): Promise<void>
  /** How many recorded events are not delivered yet. */
  readonly waiting: number
  /** Delivers now; false: something is left, and stays kept. */
  flush(): Promise<boolean>
  close(): Promise<void>
}

/** Errors: `public_keys_required`, `usage_outbox_in_use`, `on_dropped_required`. It does not need the service to be there. */
export async function createClient(options: ClientOptions): Promise<BillhookClient> {
  const service = makeService(options)
  const source = makeSnapshotSource(options, service)
  const organizations = new Map<string, { entitlements: OrganizationEntitlements; loaded: Promise<void> | null }>()
  const of = (organization: string) => {
    const known = organizations.get(organization)
    if (known) return known
    const [oldest] = organizations.keys()
    if (organizations.size >= mostOrganizations && oldest !== undefined) organizations.delete(oldest)
    const made = { entitlements: new OrganizationEntitlements(organization, source, options), loaded: null }
    organizations.set(organization, made)
    return made
  }
  const onSettled = (entries: readonly UsageEntry[]): void => {
    const [first] = entries
    if (first) of(first.organization).entitlements.delivered(entries)
  }
  const outbox =
    options.usage &&
    (await UsageOutbox.open(options.usage, {
      service,
      onError: (error) => options.onError?.(error),
      onKept: (entry) => of(entry.organization).entitlements.recorded(entry),
      onSettled,
    }))
  const now = options.now ?? Date.now
  return {
    entitlementsOf: async (organization = '') => {
      const one = of(organization)
      one.loaded ??= one.entitlements.load()
      await one.loaded
      return one.entitlements
    },
    receiveWebhook: async ({ body, headers }) => {
      if (!options.webhookSecret)
        throw new BillhookError('webhook_secret_required', 'Give createClient the secret of the webhook endpoint.')
      const message = verifyWebhook({ body, headers, secret: options.webhookSecret, now: new Date(now()) })
      if (message.type === 'webhook.test' || !bearsOnEntitlements.test(message.type)) return
      const heard = [...organizations.values()].filter(({ entitlements }) => entitlements.isOf(message))
      await Promise.all(heard.map(({ entitlements }) => entitlements.hear()))
    },
    record: async ({ occurredAt, ...usage }) => {
      if (!outbox) throw new BillhookError('usage_not_configured', 'Give createClient a directory for usage.')
      await outbox.record({ ...usage, occurredAt: new Date(occurredAt ?? now()).toISOString() })
    },
    get waiting() {
      return outbox?.waiting ?? 0
    },
    flush: async () => (await outbox?.flush()) ?? true,
    close: async () => outbox?.close(),
  }
}
