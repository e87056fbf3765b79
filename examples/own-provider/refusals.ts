import type {
  CreateCheckoutSessionInput,
  ProviderErrorCode,
  PublishPriceInput,
  StateStore,
  SubscriptionData,
  UpdateSubscriptionInput,
} from 'billhook'
import { find, type PriceRecord } from './records.ts'

/** Why something is not done: a code of the contract's list, and a sentence. */
export type Refusal = [code: ProviderErrorCode, detail: string]

const currencies = new Set(Intl.supportedValuesOf('currency'))

/** What a bank does not do is refused by name, never left out in silence. */
export function refuseCheckout(input: CreateCheckoutSessionInput): Refusal | null {
  if (input.trialDays > 0) return ['unsupported', 'A transfer cannot wait for a trial.']
  if (input.externalCouponId || input.allowPromotionCodes) return ['unsupported', 'A bank gives no discounts.']
  if (input.collectTaxIds || input.automaticTax) return ['unsupported', 'A bank knows nothing of taxes.']
  if (!Number.isSafeInteger(input.quantity) || input.quantity < 1) {
    return ['provider_rejected', 'The quantity is a whole number from 1.']
  }
  if (![input.successUrl, input.cancelUrl].every((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''))) {
    return ['provider_rejected', 'The buyer comes back to an http or https address.']
  }
  return null
}

/** A published price never changes: what was bought stays what it was. */
export function refusePrice({ price }: PublishPriceInput, known: PriceRecord | null): Refusal | null {
  if (!currencies.has(price.currency)) return ['unsupported_currency', `No bank takes ${price.currency}.`]
  if (price.metered) return ['unsupported', 'A transfer is of an amount that is known before.']
  if (!Number.isSafeInteger(price.amount)) return ['provider_rejected', 'An amount is whole in minor units.']
  if (known && (known.amount !== price.amount || known.currency !== price.currency)) {
    return ['provider_rejected', `The price ${price.id} is published already, with another amount.`]
  }
  return null
}

/** Only what is in the agreement changes, and only to a price that is there. */
export async function refuseChange(
  store: StateStore,
  input: UpdateSubscriptionInput,
  data: SubscriptionData,
): Promise<Refusal | null> {
  for (const { externalItemId, externalPriceId } of input.items) {
    if (!data.items.some((item) => item.externalItemId === externalItemId)) {
      return ['resource_missing', `The agreement has no item ${externalItemId}.`]
    }
    if (!(await find<PriceRecord>(store, `price/${externalPriceId}`))) {
      return ['resource_missing', `The bank knows no price ${externalPriceId}.`]
    }
  }
  return null
}

/** The lists have one page, so no cursor was ever given. */
export const refuseCursor = (cursor: string | null | undefined): Refusal | null =>
  cursor ? ['provider_rejected', 'This cursor is not one that the bank gave.'] : null
