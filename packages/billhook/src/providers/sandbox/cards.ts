export interface TestCard {
  id: string
  number: string
  /** What people choose it for. */
  label: string
  atCheckout: 'pays' | 'declines' | 'confirms'
  laterOn: 'pays' | 'declines'
}

/** The only cards there are: any other number is refused and never stored, lest somebody types a real one. */
export const testCards: readonly TestCard[] = [
  { id: 'sbx_card_pays', number: '4242424242424242', label: 'Pays', atCheckout: 'pays', laterOn: 'pays' },
  {
    id: 'sbx_card_declines',
    number: '4000000000000002',
    label: 'Is declined',
    atCheckout: 'declines',
    laterOn: 'declines',
  },
  {
    id: 'sbx_card_fails_later',
    number: '4000000000000341',
    label: 'Pays now, fails at every renewal',
    atCheckout: 'pays',
    laterOn: 'declines',
  },
  {
    id: 'sbx_card_confirms',
    number: '4000002500003155',
    label: 'Asks you to confirm with your bank',
    atCheckout: 'confirms',
    laterOn: 'pays',
  },
]

/** Spaces and dashes are fine: people type cards in groups of four. */
function findCardByNumber(typed: string): TestCard | null {
  const digits = typed.replace(/[\s-]/g, '')
  return testCards.find((card) => card.number === digits) ?? null
}

/** What a buyer's click on a hosted page comes to. Only `pays` may change anything. */
export type CardAttempt =
  | { outcome: 'pays'; card: TestCard }
  | { outcome: 'unknown_card' | 'declined' | 'confirmation_refused' | 'needs_confirmation' }

/** The form fields of the hosted pages: the typed number, and the answer to the bank's question. */
export interface CardForm {
  card: string
  confirm: string
}

export function attemptCard({ card: typed, confirm }: CardForm): CardAttempt {
  const card = findCardByNumber(typed)
  if (card === null) return { outcome: 'unknown_card' }
  if (card.atCheckout === 'declines') return { outcome: 'declined' }
  if (card.atCheckout === 'confirms' && confirm === 'no') return { outcome: 'confirmation_refused' }
  if (card.atCheckout === 'confirms' && confirm !== 'yes') return { outcome: 'needs_confirmation' }
  return { outcome: 'pays', card }
}

/** A card that is no longer in the table pays nothing. */
export function paysLaterOn(cardId: string): boolean {
  return testCards.some((card) => card.id === cardId && card.laterOn === 'pays')
}

export function maskedNumber(card: TestCard): string {
  return card.number.replace(/(\d{4})(?=\d)/g, '$1 ')
}
