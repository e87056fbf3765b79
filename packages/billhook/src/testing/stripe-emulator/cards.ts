/** What a test card does: at a subscription's first payment, and at every later one (renewals, changes, retries). */
export interface TestCard {
  number: string
  brand: string
  first: 'pays' | 'declines' | 'requires_action' | 'processing'
  renewal: 'pays' | 'declines' | 'requires_action' | 'processing'
  /** A refund that takes its time; at once when left out. */
  refund?: 'pending'
  /** Stripe's shorthand for the same card as a ready payment method. */
  paymentMethod: string
}

export const testCards: readonly TestCard[] = [
  { number: '4242424242424242', brand: 'visa', first: 'pays', renewal: 'pays', paymentMethod: 'pm_card_visa' },
  {
    number: '4000000000000002',
    brand: 'visa',
    first: 'declines',
    renewal: 'declines',
    paymentMethod: 'pm_card_visa_chargeDeclined',
  },
  {
    number: '4000000000000341',
    brand: 'visa',
    first: 'pays',
    renewal: 'declines',
    paymentMethod: 'pm_card_chargeCustomerFail',
  },
  {
    number: '4000002500003155',
    brand: 'visa',
    first: 'requires_action',
    renewal: 'pays',
    paymentMethod: 'pm_card_authenticationRequiredOnSetup',
  },
  {
    number: '4000002760003184',
    brand: 'visa',
    first: 'requires_action',
    renewal: 'requires_action',
    paymentMethod: 'pm_card_authenticationRequired',
  },
  {
    number: '4000000000007726',
    brand: 'visa',
    first: 'pays',
    renewal: 'pays',
    refund: 'pending',
    paymentMethod: 'pm_card_pendingRefund',
  },
  // A bank debit, kept as a card like the rest: its money takes days.
  {
    number: 'DE89370400440532013000',
    brand: 'sepa_debit',
    first: 'processing',
    renewal: 'processing',
    paymentMethod: 'pm_sepaDebit',
  },
]

export function findTestCard(numberOrName: string): TestCard | null {
  const plain = numberOrName.replaceAll(' ', '')
  return testCards.find((card) => card.number === plain || card.paymentMethod === plain) ?? null
}
