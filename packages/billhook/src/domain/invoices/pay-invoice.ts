import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import type { Invoice } from '../../outbox/billing-event.ts'
import { BillhookError, conflict } from '../../primitives/index.ts'
import { type BasePaymentProvider, PaymentProviderError } from '../../providers/provider.ts'
import { type ApplyOperation, runOperation } from '../operations/index.ts'
import { getSubscription, resumeSubscription } from '../subscriptions/index.ts'
import { applyCharge, applyInvoice, OvertakenError, originOf, readAndApply } from '../sync/index.ts'
import { getInvoice } from './get-invoice.ts'
import { findInvoicePaidBy } from './store.ts'

export interface PayInvoiceInput {
  organizationId: string
  invoiceId: string
  /** The caller's own key: the same one again answers the same. */
  businessKey?: string | undefined
}

/**
 * `requires_action`: the buyer goes on at `url`. `pending`: the provider's answer was lost; the operation says later. Where a provider
 * collects what is owed as one sum, `invoice` is the bill that it paid.
 */
export type PayResult =
  | { outcome: 'paid' | 'processing'; invoice: Invoice }
  | { outcome: 'requires_action'; url: string; invoice: Invoice }
  | { outcome: 'pending'; operationId: string }

type PayAnswer = ({ outcome: 'paid' | 'processing' } | { outcome: 'requires_action'; url: string }) & {
  externalSubscriptionId: string | null
  /** Where the attempt was shown and not the bill. */
  externalPaymentId: string | null
}

/**
 * Tries an open bill again with the card on file. Paying what is paid is a success; a provider that cannot try on demand answers with its
 * page for the bill. Errors: `invoice_not_found` (404), `invoice_not_payable`, `change_in_progress` (409), `unsupported` (422),
 * `payment_declined` (402), the provider's own.
 */
export async function payInvoice(ctx: Context, input: PayInvoiceInput): Promise<PayResult> {
  const invoice = await getInvoice(ctx, input)
  if (invoice.status === 'paid') return { outcome: 'paid', invoice }
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible')
    throw conflict('invoice_not_payable', `An invoice that is ${invoice.status} cannot be paid.`)
  const provider = ctx.providers.getProvider(invoice.provider)
  if (!provider.payInvoice || !provider.capabilities.payInvoice) return pageOf(provider, invoice)
  const { externalInvoiceId, subscriptionId, amountRemaining: amount, currency } = invoice
  const wasStopped = await isUnpaid(ctx, invoice)
  const wanted = { externalInvoiceId, amount, currency }
  const done = await runOperation(ctx, {
    kind: 'pay_invoice',
    provider: provider.providerName,
    businessKey: `pay_invoice:${invoice.id}:${input.businessKey ?? ctx.ids.next('operation')}`,
    organizationId: input.organizationId,
    // Two attempts at once would be two charges at a provider that does not see that they are one.
    subscriptionId,
    input: wanted,
    target: { kind: 'invoice', externalId: externalInvoiceId },
    call: (operation) => payAt(provider, wanted, operation),
    apply: applyPaidInvoice,
  })
  if (done.status === 'unknown') return { outcome: 'pending', operationId: done.operationId }
  const { answer } = done
  if (answer.outcome === 'requires_action')
    return { outcome: answer.outcome, url: answer.url, invoice: await getInvoice(ctx, input) }
  await showRecovery(ctx, invoice, { provider, externalSubscriptionId: answer.externalSubscriptionId })
  if (wasStopped) await goOn(ctx, invoice)
  return paidOrProcessing(ctx, input, answer)
}

/** Nobody hears that a bill is paid before it is. */
async function paidOrProcessing(
  ctx: Context,
  input: PayInvoiceInput,
  { externalPaymentId }: PayAnswer,
): Promise<PayResult> {
  const invoice = await getInvoice(ctx, input)
  if (invoice.status === 'paid') return { outcome: 'paid', invoice }
  const other =
    externalPaymentId === null
      ? null
      : await inOrganization(ctx.db, input.organizationId, (scope) =>
          findInvoicePaidBy(scope, { provider: invoice.provider, externalPaymentId }),
        )
  return other ? { outcome: 'paid', invoice: other } : { outcome: 'processing', invoice }
}

const isUnpaid = async (ctx: Context, { organizationId, subscriptionId }: Invoice): Promise<boolean> =>
  subscriptionId !== null && (await getSubscription(ctx, { organizationId, subscriptionId })).status === 'unpaid'

/** Whoever has just paid looks at the subscription next: it is read now, with what was collected, and not when its event comes. */
async function showRecovery(
  ctx: Context,
  { organizationId, externalInvoiceId }: Invoice,
  { provider, externalSubscriptionId }: { provider: BasePaymentProvider; externalSubscriptionId: string | null },
): Promise<void> {
  const target = provider.charges
    ? ({ kind: 'invoice', externalId: externalInvoiceId } as const)
    : externalSubscriptionId && ({ kind: 'subscription', externalId: externalSubscriptionId } as const)
  if (!target) return
  await unlessRefused(ctx, 'a subscription that was paid for could not be read', () =>
    readAndApply(ctx, { organizationId, provider, ...target, source: 'api' }),
  )
}

/** What a provider had stopped for its debt it may keep stopped: a pause that nobody wished for ends with the debt. */
async function goOn(ctx: Context, { organizationId, subscriptionId }: Invoice): Promise<void> {
  if (subscriptionId === null) return
  const target = { organizationId, subscriptionId }
  const { pause, cancelAt } = await getSubscription(ctx, target)
  if (pause?.kind !== 'service' || cancelAt !== null) return
  await unlessRefused(ctx, 'a subscription that was paid for could not be resumed', () =>
    resumeSubscription(ctx, target),
  )
}

/** It is paid all the same, and events will tell. */
async function unlessRefused(ctx: Context, warning: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof PaymentProviderError)) throw error
    ctx.logger.warn({ code: error.code }, warning)
  }
}

function payAt(provider: BasePaymentProvider, ...call: Parameters<NonNullable<BasePaymentProvider['payInvoice']>>) {
  if (!provider.payInvoice) throw unsupported(provider)
  return provider.payInvoice(...call)
}

function pageOf(provider: BasePaymentProvider, invoice: Invoice): PayResult {
  if (invoice.hostedUrl === null) throw unsupported(provider)
  return { outcome: 'requires_action', url: invoice.hostedUrl, invoice }
}

const unsupported = ({ providerName }: BasePaymentProvider): BillhookError =>
  new BillhookError('unsupported', `${providerName} cannot try an invoice again on demand.`, {
    status: 422,
    facts: { provider: providerName },
  })

export const applyPaidInvoice: ApplyOperation<'pay_invoice', PayAnswer> = async (ctx, scope, operation, result) => {
  const { invoice, charge } = result
  const { observation } = operation
  const origin = originOf(ctx.providers.getProvider(operation.provider))
  const outcomes = [
    invoice && (await applyInvoice(ctx, scope, { origin, snapshot: invoice, observation })),
    // One that needs more to be known first is kept when the list of charges is read.
    charge && (await applyCharge(ctx, scope, { origin, snapshot: charge, observation })),
  ]
  if (outcomes.some((applied) => applied?.outcome === 'reread'))
    throw new OvertakenError(`Operation ${operation.id} was answered with a bill that is no longer the latest.`)
  const shown = {
    externalSubscriptionId: invoice?.externalSubscriptionId ?? null,
    externalPaymentId: charge?.externalPaymentId ?? null,
  }
  return result.outcome === 'requires_action'
    ? { outcome: 'requires_action', url: result.url, ...shown }
    : { outcome: result.outcome, ...shown }
}
