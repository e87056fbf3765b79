import type { PauseKind, ProrationMode } from '../../providers/capabilities.ts'
import type { Need } from './check.ts'

/** Abilities of the provider, by its own claims. The group `honesty` proves the claims themselves. */
export const keptCustomers: Need = {
  what: 'customers that it keeps',
  isMet: ({ customers }) => customers === 'provider',
}
export const cancelNow: Need = { what: 'an end at once', isMet: ({ cancel }) => cancel.immediately }
export const cancelLater: Need = { what: 'an end with the period', isMet: ({ cancel }) => cancel.atPeriodEnd }
export const reactivation: Need = { what: 'taking back a scheduled end', isMet: ({ reactivate }) => reactivate }
export const quantities: Need = { what: 'quantities', isMet: ({ quantity }) => quantity }
export const previews: Need = { what: 'previews', isMet: ({ preview }) => preview }
export const payingInvoices: Need = { what: 'paying an open invoice on demand', isMet: (claims) => claims.payInvoice }
export const portal: Need = { what: 'a portal', isMet: (claims) => claims.portal }
export const usage: Need = { what: 'reported usage', isMet: (claims) => claims.usage }
export const meteredPrices: Need = { what: 'prices that bill usage', isMet: (claims) => claims.meteredPrices }
export const fixedPrices: Need = {
  what: 'no prices that bill usage',
  isMet: ({ meteredPrices: isClaimed }) => !isClaimed,
}
export const refunds: Need = { what: 'refunds', isMet: (claims) => claims.refunds !== 'none' }
export const partialRefunds: Need = { what: 'partial refunds', isMet: (claims) => claims.refunds === 'partial' }
export const coupons: Need = { what: 'coupons', isMet: ({ checkoutOptions }) => checkoutOptions.coupons }
export const documents: Need = { what: 'documents of its own', isMet: ({ invoices }) => invoices === 'provider' }
export const listedCharges: Need = {
  what: 'charges instead of documents',
  isMet: ({ invoices }) => invoices === 'none',
}
export const keptKeys: Need = { what: 'idempotency keys it keeps', isMet: ({ idempotencyKeys }) => idempotencyKeys }
export const planChanges: Need = {
  what: 'a change of plan without the buyer’s approval',
  isMet: ({ changePlan }) => changePlan.proration.length > 0 && !changePlan.mayRequireApproval,
}

export const proration = (mode: ProrationMode): Need => ({
  what: `proration "${mode}"`,
  isMet: ({ changePlan }) => changePlan.proration.includes(mode),
})
export const pauseOf = (kind: PauseKind): Need => ({
  what: `a pause of "${kind}"`,
  isMet: ({ pause }) => pause.includes(kind),
})
export const anyPause: Need = { what: 'a pause', isMet: ({ pause }) => pause.length > 0 }
export const currency = (code: string): Need => ({
  what: `the currency ${code}`,
  isMet: ({ currencies }) => currencies === 'any' || currencies.includes(code),
})

/** No claim: an adapter that has it offers it. */
export const wholeAccount: Need = {
  what: 'an account that can be read whole, and an end at once',
  isMet: ({ cancel }, { provider }) => provider.account !== undefined && cancel.immediately,
}

export const listedRefunds: Need = {
  what: 'a list of all refunds',
  isMet: (_, { provider }) => provider.account?.listRefunds !== undefined,
}
export const listedDisputes: Need = {
  what: 'a list of all disputes, and a harness that opens one',
  isMet: (_, { provider, openDispute }) => provider.account?.listDisputes !== undefined && openDispute !== undefined,
}

/** What the harness may lack. */
export const anotherCard: Need = {
  what: 'a harness that replaces the card on file',
  isMet: (_, { replaceCard }) => replaceCard !== undefined,
}
export const lostAnswers: Need = {
  what: 'a harness that loses an answer',
  isMet: (_, { faults }) => faults?.loseNextAnswer !== undefined,
}
export const outages: Need = {
  what: 'a harness that cuts the way to the provider',
  isMet: (_, { faults }) => faults?.cutNextCall !== undefined,
}
export const signedTypes: Need = {
  what: 'a harness that signs a webhook of any type',
  isMet: (_, { faults }) => faults?.signWebhook !== undefined,
}
export const signedBytes: Need = {
  what: 'a harness that signs any bytes',
  isMet: (_, { faults }) => faults?.signBytes !== undefined,
}
export const otherMode: Need = {
  what: 'a harness that signs a webhook of the other mode',
  isMet: (_, { faults }) => faults?.signOtherMode !== undefined,
}
