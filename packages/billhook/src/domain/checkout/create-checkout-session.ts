import { billingNow, type Context } from '../../context.ts'
import { inOrganization, lockOrganization } from '../../db/index.ts'
import type { CheckoutSession } from '../../outbox/billing-event.ts'
import { BillhookError, conflict, invalid, requireWebUrl } from '../../primitives/index.ts'
import { type BasePaymentProvider, PaymentProviderError } from '../../providers/provider.ts'
import { getExternalPriceId, getMeteredPriceIds, getPrice, type SellablePrice } from '../catalog/index.ts'
import { type Customer, getOrCreateCustomer, renewCustomer } from '../customers/index.ts'
import { runOperation } from '../operations/index.ts'
import { applyCreatedSession } from './apply-created-session.ts'
import { type CheckoutExtras, checkExtras, unsupported } from './check-extras.ts'
import { concludeSessionUnderWay } from './conclude-session-under-way.ts'
import { requireNoLiveSubscription } from './require-no-live-subscription.ts'
import { type CheckoutSessionRow, findSessionUnderWay, giveUpSession, hadTrial, insertSession } from './store.ts'

export interface CreateCheckoutSessionInput {
  organizationId: string
  /** Our id or the price's key. */
  priceId: string
  /** 1 when left out. */
  quantity?: number | undefined
  /** The default provider when left out. */
  provider?: string | undefined
  successUrl: string
  cancelUrl: string
  /** Id or key of a coupon that applies from the start; never together with promotion codes that the buyer may type. */
  coupon?: string | undefined
  allowPromotionCodes?: boolean | undefined
  collectTaxIds?: boolean | undefined
  automaticTax?: boolean | undefined
}

/** What is bought, checked. */
export interface Purchase {
  organizationId: string
  provider: BasePaymentProvider
  price: SellablePrice
  externalPriceId: string
  meteredExternalPriceIds: string[]
  quantity: number
  trialDays: number
  successUrl: string
  cancelUrl: string
  extras: CheckoutExtras
}

/**
 * Opens a hosted page where the organization can buy a price. The same request finds the page that is open already; a different one
 * closes it first, so that nobody can pay twice.
 *
 * Errors: `unknown_price`, `coupon_not_found` (404), `invalid_url`, `invalid_quantity`, `invalid_request` (400: a coupon and promotion
 * codes), `metered_price`, `unsupported` (422), `price_not_published`, `coupon_not_published`, `coupon_not_available`, `currency_mismatch`,
 * `subscription_exists` (409, with `next_url`), `checkout_processing` (409: a slow payment is under way), the provider's own.
 */
export async function createCheckoutSession(ctx: Context, input: CreateCheckoutSessionInput): Promise<CheckoutSession> {
  const purchase = await checkPurchase(ctx, input)
  // Of several at once one opens a page, and the others find it: it is theirs too, or they close it and try again.
  for (let attempt = 0; attempt < triesAtMost; attempt++) {
    const open = await concludeSessionUnderWay(ctx, purchase)
    if (open) return open
    const customer = await getOrCreateCustomer(ctx, {
      organizationId: input.organizationId,
      provider: purchase.provider.providerName,
    })
    const session = await openSession(ctx, purchase, customer)
    if ('made' in session) return askProvider(ctx, purchase, session.made, customer)
  }
  throw conflict('checkout_in_progress', 'Another checkout of this organization is being opened right now; try again.')
}

const triesAtMost = 5

async function checkPurchase(ctx: Context, input: CreateCheckoutSessionInput): Promise<Purchase> {
  const quantity = input.quantity ?? 1
  if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > 1_000_000) {
    throw invalid('invalid_quantity', 'quantity must be a whole number from 1 to 1,000,000.')
  }
  const successUrl = requireWebUrl('success_url', input.successUrl)
  const cancelUrl = requireWebUrl('cancel_url', input.cancelUrl)
  const provider = ctx.providers.getProvider(input.provider)
  const { capabilities, providerName } = provider
  const now = await billingNow(ctx, providerName)
  return inOrganization(ctx.db, input.organizationId, async (scope) => {
    const price = await getPrice(scope, { idOrKey: input.priceId })
    if (quantity > 1 && !capabilities.quantity) throw unsupported(providerName, 'quantities above 1')
    await requireNoLiveSubscription(ctx, scope, price.productLine)
    const trialDays = price.trialDays > 0 && !(await hadTrial(scope, price.productLine)) ? price.trialDays : 0
    if (trialDays > 0 && !capabilities.trials) throw unsupported(providerName, 'trials')
    const externalPriceId = await getExternalPriceId(scope, price, providerName)
    const metered = await getMeteredPriceIds(scope, price, provider)
    const extras = await checkExtras(scope, { ...input, provider, currency: price.currency, now })
    return {
      organizationId: input.organizationId,
      provider,
      price,
      externalPriceId,
      meteredExternalPriceIds: metered.map((one) => one.externalPriceId),
      quantity,
      trialDays,
      successUrl,
      cancelUrl,
      extras,
    }
  })
}

/** The intent, under the organization's lock: of two at once, one makes it and the other finds it. */
function openSession(
  ctx: Context,
  purchase: Purchase,
  customer: Customer,
): Promise<{ made: CheckoutSessionRow } | { existing: true }> {
  const now = ctx.clock.now()
  const { organizationId, provider, price } = purchase
  return inOrganization(ctx.db, organizationId, async (scope) => {
    await lockOrganization(scope)
    await requireNoLiveSubscription(ctx, scope, price.productLine)
    if (await findSessionUnderWay(scope, price.productLine)) return { existing: true as const }
    const made = await insertSession(scope, {
      id: ctx.ids.next('checkoutSession'),
      organizationId,
      customerId: customer.id,
      provider: provider.providerName,
      providerKind: provider.providerKind,
      productLine: price.productLine,
      status: 'open',
      priceId: price.id,
      quantity: purchase.quantity,
      couponId: purchase.extras.couponId,
      options: purchase.extras.options,
      successUrl: purchase.successUrl,
      cancelUrl: purchase.cancelUrl,
      createdAt: now,
      updatedAt: now,
    })
    return { made }
  })
}

async function askProvider(
  ctx: Context,
  purchase: Purchase,
  session: CheckoutSessionRow,
  customer: Customer,
): Promise<CheckoutSession> {
  try {
    return await makeSession(ctx, purchase, session, customer)
  } catch (error) {
    if (!(error instanceof PaymentProviderError) || error.outcome !== 'failed') throw error
    const renewed = error.code === 'resource_missing' ? await renewCustomer(ctx, customer) : customer
    if (renewed.id !== customer.id) return makeSession(ctx, purchase, session, renewed)
    await inOrganization(ctx.db, purchase.organizationId, (scope) => giveUpSession(scope, session.id, ctx.clock.now()))
    throw error
  }
}

async function makeSession(
  ctx: Context,
  purchase: Purchase,
  session: CheckoutSessionRow,
  customer: Customer,
): Promise<CheckoutSession> {
  const { organizationId, provider, externalPriceId, quantity, trialDays, successUrl, cancelUrl, extras } = purchase
  const { meteredExternalPriceIds } = purchase
  const input = {
    externalCustomerId: customer.externalCustomerId,
    externalPriceId,
    quantity,
    ...(meteredExternalPriceIds.length > 0 && { meteredExternalPriceIds }),
    trialDays,
    successUrl,
    cancelUrl,
    ...extras.options,
    ...(extras.externalCouponId !== null && { externalCouponId: extras.externalCouponId }),
    reference: { organizationId, checkoutSessionId: session.id },
  }
  const done = await runOperation(ctx, {
    kind: 'create_checkout_session',
    provider: provider.providerName,
    businessKey: `create_checkout_session:${session.id}:${customer.id}`,
    organizationId,
    input,
    call: (operation) => provider.createCheckoutSession(input, operation),
    apply: applyCreatedSession,
  })
  if (done.status === 'succeeded') return done.answer
  throw new BillhookError(
    'outcome_unknown',
    `${provider.providerName} did not answer in time; try again in a few seconds.`,
    {
      status: 503,
      facts: { operation_id: done.operationId },
    },
  )
}
