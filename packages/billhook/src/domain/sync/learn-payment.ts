import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import type { BillingEventSource } from '../../outbox/billing-event.ts'
import type { BasePaymentProvider, InvoiceData } from '../../providers/provider.ts'
import { findPayment } from './money-back-store.ts'
import type { PaymentRefs } from './outcome.ts'
import { readAndApply } from './read-and-apply.ts'

export interface LearnPaymentInput extends PaymentRefs {
  organizationId: string
  provider: BasePaymentProvider
  source: BillingEventSource
}

/** A customer with more bills than this is looked through no further. */
const pagesAtMost = 20

/**
 * Gets to know a payment that something else is about, by reading the bill that it paid: the one that is named, else whichever of the
 * customer's shows it. False when there is none: the payment has nothing to do with what is billed here.
 */
export async function learnPayment(ctx: Context, input: LearnPaymentInput): Promise<boolean> {
  const externalId = input.externalInvoiceId ?? (await findBill(input))
  if (externalId === null) return false
  const { organizationId, provider, source, externalPaymentId } = input
  await readAndApply(ctx, { organizationId, provider, kind: 'invoice', externalId, source })
  const found = await inOrganization(ctx.db, organizationId, (scope) =>
    findPayment(scope, provider.providerName, externalPaymentId),
  )
  return found !== null
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
