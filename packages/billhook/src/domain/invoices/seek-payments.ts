import type { Context } from '../../context.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import { errorMessage } from '../../primitives/index.ts'
import { readAndApply } from '../sync/index.ts'
import { type InvoiceWithoutPayment, listInvoicesWithoutPayment, postponePayments } from './store.ts'

const batchSize = 10
const askAgainMs = 300_000

/**
 * Some providers tell that an invoice was paid and not by which payment. The bill counts as paid at once; here the provider is asked for
 * the payment, again and again while it cannot be reached. Answers how many were asked for.
 */
export async function seekPayments(ctx: Context): Promise<number> {
  const now = ctx.clock.now()
  const due = await asPlatform(ctx.db, (scope) => listInvoicesWithoutPayment(scope, now, batchSize))
  for (const invoice of due) await seekPayment(ctx, invoice, now)
  return due.length
}

async function seekPayment(ctx: Context, invoice: InvoiceWithoutPayment, now: Date): Promise<void> {
  const { organizationId, id, provider, externalInvoiceId } = invoice
  const isMine = await inOrganization(ctx.db, organizationId, (scope) =>
    postponePayments(scope, id, { now, until: new Date(now.getTime() + askAgainMs) }),
  )
  if (!isMine || !ctx.providers.names.includes(provider)) return
  try {
    await readAndApply(ctx, {
      organizationId,
      provider: ctx.providers.getProvider(provider),
      kind: 'invoice',
      externalId: externalInvoiceId,
      source: 'timer',
    })
  } catch (error) {
    ctx.logger.warn({ invoice_id: id, provider, error: errorMessage(error) }, 'a payment could not be looked up yet')
  }
}
