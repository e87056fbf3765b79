import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import type { BillingEventSource } from '../../outbox/billing-event.ts'
import type { BasePaymentProvider, InvoiceData } from '../../providers/provider.ts'
import { selectBilledSubscriptions } from './charges-store.ts'
import { findPayment } from './money-back-store.ts'
import type { PaymentRefs } from './outcome.ts'
import { readAndApply } from './read-and-apply.ts'
import { hasCharges, readCharges } from './read-charges.ts'

export interface LearnPaymentInput extends PaymentRefs {
  organizationId: string
  provider: BasePaymentProvider
  source: BillingEventSource
}

/** A customer with more bills, or more subscriptions, than this is looked through no further. */
const pagesAtMost = 20

/**
 * Gets to know a payment that something else is about, by reading the bill that it paid: the one that is named, else whichever of the
 * customer's shows it. False when there is none: the payment has nothing to do with what is billed here.
 */
export async function learnPayment(ctx: Context, input: LearnPaymentInput): Promise<boolean> {
  if (await findAmongCharges(ctx, input)) return true
  const externalId = input.externalInvoiceId ?? (await findBill(input))
  if (externalId === null) return false
  const { organizationId, provider, source } = input
  await readAndApply(ctx, { organizationId, provider, kind: 'invoice', externalId, source })
  return isKnown(ctx, input)
}

const isKnown = async (ctx: Context, { organizationId, provider, externalPaymentId }: LearnPaymentInput) =>
  (await inOrganization(ctx.db, organizationId, (scope) =>
    findPayment(scope, provider.providerName, externalPaymentId),
  )) !== null

/** Where bills are written here, whoever is known to pay is asked about, even where nobody says which customer it is. */
async function findAmongCharges(ctx: Context, input: LearnPaymentInput): Promise<boolean> {
  const { organizationId, provider, source } = input
  if (!hasCharges(provider)) return false
  const known = await inOrganization(ctx.db, organizationId, (scope) =>
    selectBilledSubscriptions(scope, provider.providerName),
  )
  for (const externalSubscriptionId of known.slice(0, pagesAtMost)) {
    await readCharges(ctx, { organizationId, provider, externalSubscriptionId, source })
    if (await isKnown(ctx, input)) return true
  }
  return false
}

async function findBill({
  provider,
  externalCustomerId,
  externalPaymentId,
}: LearnPaymentInput): Promise<string | null> {
  if (externalCustomerId === null) return null
  let cursor: string | null = null
  for (let page = 0; page < pagesAtMost; page++) {
    const { data, nextCursor } = await provider.listInvoices({ externalCustomerId, cursor })
    for (const listed of data) {
      const invoice = await withPayments(provider, listed)
      if (invoice.payments?.some((payment) => payment.externalPaymentId === externalPaymentId))
        return invoice.externalInvoiceId
    }
    if (nextCursor === null) return null
    cursor = nextCursor
  }
  return null
}

/** A list may leave out the payments that a single reading shows. */
const withPayments = (provider: BasePaymentProvider, invoice: InvoiceData): Promise<InvoiceData> | InvoiceData =>
  invoice.payments === null && invoice.amountPaid > 0 ? provider.retrieveInvoice(invoice.externalInvoiceId) : invoice
