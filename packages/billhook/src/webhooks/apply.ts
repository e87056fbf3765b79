import type { Context } from '../context.ts'
import { asPlatform, inOrganization, type OrganizationScope } from '../db/index.ts'
import {
  handlers,
  isSettled,
  learnPayment,
  originOf,
  type PaymentRefs,
  type ReadInput,
  type RereadKind,
  readAndApply,
  type SyncOutcome,
} from '../domain/sync/index.ts'
import { BillhookError, InvariantError, storable } from '../primitives/index.ts'
import type {
  BasePaymentProvider,
  IgnoredProviderEvent,
  ProviderEvent,
  ProviderEventKind,
  ProviderEventOf,
} from '../providers/provider.ts'
import { concludeEvent, type WebhookEventRow } from './inbox.ts'
import { resolveOwner } from './resolve-owner.ts'

type Meaningful = Exclude<ProviderEvent, IgnoredProviderEvent>

/**
 * One stored delivery, from its payload to its end: what it means, whose it is, applied by the one writer. The inbox row ends in the
 * transaction of its last effect, so a crash in between leads to the same effects once more and never to others.
 */
export async function applyWebhookEvent(ctx: Context, row: WebhookEventRow): Promise<'processed' | 'ignored'> {
  // A check of the table: only what is done with can lose its payload.
  if (row.payload === null) throw new InvariantError(`webhook event ${row.id} is open and has no payload`)
  const provider = ctx.providers.getProvider(row.provider)
  const meanings = storable(provider.handleWebhookEvent({ ...row, raw: row.payload }))
  const reasons: string[] = []
  const meaningful: Array<{ event: Meaningful; organizationId: string }> = []
  for (const event of meanings) {
    if (event.kind === 'ignored') {
      reasons.push(event.reason)
      continue
    }
    const owner = await resolveOwner(ctx, row, event)
    if ('organizationId' in owner) meaningful.push({ event, organizationId: owner.organizationId })
    else reasons.push(owner.reason)
  }
  let isFinished = false
  for (const [index, { event, organizationId }] of meaningful.entries()) {
    const isLast = index === meaningful.length - 1
    const finish = async (scope: OrganizationScope): Promise<void> => {
      if (isLast)
        await concludeEvent(scope, row.id, { status: 'processed', reason: null, processedAt: ctx.clock.now() })
    }
    const outcome = await applyProviderEvent(ctx, provider, organizationId, event, finish)
    if (outcome.outcome === 'needs_payment') reasons.push('not ours: its payment is of no bill that is known here')
    else isFinished = isLast
  }
  if (isFinished) return 'processed'
  await asPlatform(ctx.db, (scope) =>
    concludeEvent(scope, row.id, {
      status: 'ignored',
      reason: reasons.join('; ') || 'it says nothing',
      processedAt: ctx.clock.now(),
    }),
  )
  return 'ignored'
}

type Finish = (scope: OrganizationScope) => Promise<void>

/** Applies the snapshot in the event where that is safe, and asks the provider where it is not. */
async function applyProviderEvent<K extends ProviderEventKind>(
  ctx: Context,
  provider: BasePaymentProvider,
  organizationId: string,
  event: ProviderEventOf<K>,
  finish: Finish,
): Promise<SyncOutcome> {
  const { reads, handle } = handlers[event.kind]
  const { snapshot } = event
  const learn = (refs: PaymentRefs) =>
    learnPayment(ctx, { ...withCustomer(refs, event), organizationId, provider, source: 'webhook' })
  if (snapshot && !event.reread) {
    for (let attempt = 0; attempt < 2; attempt++) {
      const result = await inOrganization(ctx.db, organizationId, async (scope) => {
        const observation = { by: 'event', at: event.observedAt, ticket: 0, source: 'webhook' } as const
        const outcome = await handle(ctx, scope, { origin: originOf(provider), snapshot, observation })
        if (isSettled(outcome)) await finish(scope)
        return outcome
      })
      if (result.outcome === 'reread') break
      if (result.outcome === 'needs_payment') {
        if (await learn(result)) continue
        return result
      }
      if (result.outcome !== 'needs') return result
      await readAndApply(ctx, {
        organizationId,
        provider,
        kind: 'subscription',
        externalId: result.externalSubscriptionId,
        source: 'webhook',
      })
    }
  }
  const target = reads && (event.refs[refOf[reads]] ?? (snapshot && refundIdOf(snapshot)))
  if (!target)
    throw new BillhookError('cannot_reread', `${event.kind} names nothing that could be read again.`, { status: 500 })
  const read = () =>
    readAndApply(ctx, {
      organizationId,
      provider,
      kind: reads,
      externalId: target,
      source: 'webhook',
      // The table pairs a kind with the object that its snapshot shows, which the types cannot follow.
      apply: handle as ReadInput<RereadKind>['apply'] & {},
      finish,
    })
  const result = await read()
  if (result.outcome !== 'needs_payment') return result
  return (await learn(result)) ? read() : result
}

/** The event may name the customer where the object itself does not. */
const withCustomer = (payment: PaymentRefs, { refs }: Pick<Meaningful, 'refs'>): PaymentRefs => ({
  ...payment,
  externalCustomerId: payment.externalCustomerId ?? refs.externalCustomerId ?? null,
})

/** A refund's own id is in its snapshot, where the event's references leave it out. */
const refundIdOf = (snapshot: object): string | undefined =>
  'externalRefundId' in snapshot && typeof snapshot.externalRefundId === 'string'
    ? snapshot.externalRefundId
    : undefined

const refOf = {
  subscription: 'externalSubscriptionId',
  invoice: 'externalInvoiceId',
  checkout_session: 'externalSessionId',
  refund: 'externalRefundId',
} as const satisfies Record<RereadKind, string>
