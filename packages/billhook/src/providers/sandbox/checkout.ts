import { addDuration, errorMessage, money, multiplyByQuantity } from '../../primitives/index.ts'
import type { CreateCheckoutSessionInput, ExpireCheckoutSessionInput, ProviderOperation } from '../operation.ts'
import type { CheckoutSessionData } from '../snapshots.ts'
import type { SandboxClient } from './client.ts'
import { requireRedeemable } from './coupons.ts'
import { sandboxError } from './errors.ts'
import { newId, type SandboxCheckoutSession, toMetadata } from './objects.ts'
import type { Draft, SandboxAccount } from './state.ts'
import { toCheckoutSessionData } from './status.ts'
import { requireQuantity } from './update-subscription.ts'

const sessionLifetime = 'PT24H'

export async function createCheckoutSession(
  client: SandboxClient,
  input: CreateCheckoutSessionInput,
  operation: ProviderOperation<'create_checkout_session'>,
): Promise<CheckoutSessionData> {
  const { providerName, pagesUrl } = client.account
  const answer = await client.execute(operation, input, async (draft) => {
    await requireSellable(draft, input)
    const id = newId('checkout_session')
    draft.add({
      object: 'checkout_session',
      id,
      customer: input.externalCustomerId,
      price: input.externalPriceId,
      quantity: input.quantity,
      trial_days: input.trialDays,
      coupon: input.externalCouponId ?? null,
      allow_promotion_codes: input.allowPromotionCodes ?? false,
      success_url: requireWebUrl(providerName, input.successUrl),
      cancel_url: requireWebUrl(providerName, input.cancelUrl),
      url: `${pagesUrl}/checkout/${id}`,
      status: 'open',
      subscription: null,
      expires_at: addDuration(draft.at, sessionLifetime).toISOString(),
      metadata: toMetadata({ operationId: operation.id, ...input.reference }),
      created_at: draft.at.toISOString(),
    })
    return { object: 'checkout_session', id }
  })
  return retrieveCheckoutSession(client, answer.id)
}

export async function retrieveCheckoutSession(
  client: SandboxClient,
  externalSessionId: string,
): Promise<CheckoutSessionData> {
  return toCheckoutSessionData(await client.retrieve('checkout_session', externalSessionId))
}

export async function expireCheckoutSession(
  client: SandboxClient,
  input: ExpireCheckoutSessionInput,
  operation: ProviderOperation<'expire_checkout_session'>,
): Promise<CheckoutSessionData> {
  const answer = await client.execute(operation, input, async (draft) => {
    const session = await draft.get('checkout_session', input.externalSessionId)
    if (session.status === 'open') expireSession(draft, session)
    return { object: 'checkout_session', id: session.id }
  })
  return retrieveCheckoutSession(client, answer.id)
}

export function expireSession(draft: Draft, session: SandboxCheckoutSession): void {
  session.status = 'expired'
  draft.emit('checkout.expired', session)
}

async function requireSellable(draft: Draft, input: CreateCheckoutSessionInput): Promise<void> {
  await draft.get('customer', input.externalCustomerId)
  const price = await draft.get('price', input.externalPriceId)
  requireQuantity(draft.providerName, input.quantity)
  requirePossible(draft.account, input)
  if (input.externalCouponId !== undefined) await requireRedeemable(draft, input.externalCouponId, price.currency)
  if (!Number.isSafeInteger(input.trialDays) || input.trialDays < 0 || input.trialDays > 730) {
    throw sandboxError(draft.providerName, 'provider_rejected', 'A trial lasts 0 to 730 days.')
  }
  try {
    multiplyByQuantity(money(price.amount, price.currency), input.quantity)
  } catch (cause) {
    throw sandboxError(draft.providerName, 'provider_rejected', errorMessage(cause), { cause })
  }
}

function requirePossible({ providerName, hasDocuments }: SandboxAccount, input: CreateCheckoutSessionInput): void {
  if (input.collectTaxIds || input.automaticTax)
    throw sandboxError(providerName, 'unsupported', 'The sandbox knows no tax.')
  if (!hasDocuments && (input.externalCouponId !== undefined || input.allowPromotionCodes))
    throw sandboxError(providerName, 'unsupported', 'Without documents there is nothing to take something off.')
  if (input.externalCouponId !== undefined && input.allowPromotionCodes)
    throw sandboxError(providerName, 'provider_rejected', 'A coupon and promotion codes do not go together.')
}

/** Buyers are sent there, so a script or a file must never get through. */
function requireWebUrl(providerName: string, text: string): string {
  const url = URL.parse(text)
  if (url && (url.protocol === 'https:' || url.protocol === 'http:')) return text
  throw sandboxError(
    providerName,
    'provider_rejected',
    'Success and cancel URLs are absolute and start with https:// or http://.',
  )
}
