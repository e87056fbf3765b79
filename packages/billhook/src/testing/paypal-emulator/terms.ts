import { minorOf, percentOf } from './amounts.ts'
import { unprocessable } from './api-error.ts'
import type { Charge, HeldCycle, HeldSubscription, Terms } from './objects.ts'
import { checkScheme, moneyIn } from './plan-rules.ts'
import type { PlanBody, PlanOverride, PricingSchemeBody } from './schemas.ts'

/** How long before a cycle its price has to be known, where the money comes from a PayPal wallet. */
const walletNoticeSeconds = 10 * 86_400

export function termsOf(plan: PlanBody, currency: string, now: number): Terms {
  const cycles = [...plan.billing_cycles].sort((a, b) => a.sequence - b.sequence)
  return {
    currency,
    cycles: cycles.map(({ tenure_type, sequence, total_cycles, frequency, pricing_scheme }) => ({
      tenure: tenure_type,
      sequence,
      total: total_cycles,
      frequency,
      schemes: pricing_scheme ? [{ version: 1, from: now, scheme: pricing_scheme, createdAt: now }] : [],
    })),
    preferences: plan.payment_preferences,
    taxes: plan.taxes ?? null,
  }
}

/** A copy for one subscription: the prices that hold today, and its own deviations. */
export function copyTerms(terms: Terms, override: PlanOverride | undefined, now: number): Terms {
  const copy = structuredClone(terms)
  for (const cycle of copy.cycles) cycle.schemes = cycle.schemes.slice(-1)
  for (const { sequence, pricing_scheme, total_cycles } of override?.billing_cycles ?? []) {
    const cycle = cycleOf(copy, sequence)
    if (total_cycles !== undefined) cycle.total = total_cycles
    if (pricing_scheme) {
      checkReplacement(copy, cycle, pricing_scheme)
      cycle.schemes = [{ version: 1, from: now, scheme: pricing_scheme, createdAt: now }]
    }
  }
  Object.assign(copy.preferences, override?.payment_preferences)
  if (override?.taxes) copy.taxes = { percentage: '0', inclusive: true, ...copy.taxes, ...override.taxes }
  return copy
}

export function cycleOf(terms: Terms, sequence: number): HeldCycle {
  const cycle = terms.cycles.find((candidate) => candidate.sequence === sequence)
  if (!cycle) throw unprocessable('INVALID_BILLING_CYCLE_SEQUENCE')
  return cycle
}

/** A new price is of the old one's kind and currency. */
export function checkReplacement(terms: Terms, cycle: HeldCycle, scheme: PricingSchemeBody): void {
  const old = cycle.schemes.at(-1)?.scheme
  if (old && (old.fixed_price === undefined) !== (scheme.fixed_price === undefined)) {
    throw unprocessable('INVALID_PRICING_SCHEME')
  }
  if (moneyIn(scheme).some(({ currency_code }) => currency_code !== terms.currency))
    throw unprocessable('CURRENCY_MISMATCH')
  checkScheme(scheme, cycle.tenure, '/pricing_scheme')
}

/** The price of the cycles to come; a wallet's owner is not charged it within ten days. */
export function addScheme(
  terms: Terms,
  cycle: HeldCycle,
  scheme: PricingSchemeBody,
  { now, source }: { now: number; source: HeldSubscription['source'] | null },
): void {
  checkReplacement(terms, cycle, scheme)
  const version = (cycle.schemes.at(-1)?.version ?? 0) + 1
  const from = source === 'paypal' ? now + walletNoticeSeconds : now
  cycle.schemes.push({ version, from, scheme, createdAt: now })
}

/** What one cycle costs that begins at `at`. */
export function chargeOf({ terms, quantity, shipping }: HeldSubscription, cycle: HeldCycle, at: number): Charge {
  const dated = cycle.schemes.findLast(({ from }) => from <= at) ?? cycle.schemes[0]
  const price = dated ? priceOf(dated.scheme, Number(quantity)) : 0
  const carriage = shipping && price > 0 ? minorOf(shipping, '/shipping_amount') : 0
  return withTax(price, carriage, terms)
}

export function setupFeeOf({ terms }: HeldSubscription): Charge {
  const fee = terms.preferences.setup_fee
  return { total: fee ? minorOf(fee, '/setup_fee') : 0, tax: 0, shipping: 0 }
}

function withTax(price: number, shipping: number, { taxes }: Terms): Charge {
  if (!taxes) return { total: price + shipping, tax: 0, shipping }
  const tax = percentOf(price, taxes.percentage, taxes.inclusive)
  return { total: price + shipping + (taxes.inclusive ? 0 : tax), tax, shipping }
}

function priceOf({ fixed_price, pricing_model, tiers = [] }: PricingSchemeBody, quantity: number): number {
  if (fixed_price) return minorOf(fixed_price, '/fixed_price') * quantity
  if (pricing_model === 'VOLUME') {
    const tier = tiers.findLast(({ starting_quantity }) => Number(starting_quantity) <= quantity)
    return tier ? minorOf(tier.amount, '/tiers') * quantity : 0
  }
  return tiers.reduce((sum, { starting_quantity, ending_quantity, amount }) => {
    const end = Math.min(quantity, ending_quantity === undefined ? quantity : Number(ending_quantity))
    return sum + Math.max(0, end - Number(starting_quantity) + 1) * minorOf(amount, '/tiers')
  }, 0)
}
