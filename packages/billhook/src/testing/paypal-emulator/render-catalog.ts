import { type Money, minorOf, shortMoneyOf } from './amounts.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { DatedScheme, HeldCycle, HeldPlan, HeldProduct, Terms } from './objects.ts'
import { isoOf } from './times.ts'

export interface Link {
  href: string
  rel: string
  method: string
}

export function linkTo(context: EmulatorContext, path: string, rel = 'self', method = 'GET'): Link {
  return { href: `${context.baseUrl}${path}`, rel, method }
}

export function renderProduct(context: EmulatorContext, product: HeldProduct): Record<string, unknown> {
  const { createdAt, updatedAt, ...fields } = product
  const path = `/v1/catalogs/products/${product.id}`
  return {
    ...fields,
    create_time: isoOf(createdAt),
    update_time: isoOf(updatedAt),
    links: [linkTo(context, path), linkTo(context, path, 'edit', 'PATCH')],
  }
}

export function renderPlan(context: EmulatorContext, plan: HeldPlan): Record<string, unknown> {
  const { id, productId, name, description, status, quantitySupported, terms, createdAt, updatedAt } = plan
  return {
    id,
    product_id: productId,
    name,
    ...(description !== undefined && { description }),
    status,
    ...renderTerms(terms),
    quantity_supported: quantitySupported,
    create_time: isoOf(createdAt),
    update_time: isoOf(updatedAt),
    links: planLinks(context, plan),
  }
}

export function planLinks(context: EmulatorContext, { id, status }: HeldPlan): Link[] {
  const path = `/v1/billing/plans/${id}`
  const turn = status === 'ACTIVE' ? 'deactivate' : 'activate'
  return [
    linkTo(context, path),
    linkTo(context, path, 'edit', 'PATCH'),
    linkTo(context, `${path}/${turn}`, turn, 'POST'),
    linkTo(context, `${path}/update-pricing-schemes`, 'edit', 'POST'),
  ]
}

/** The terms as a plan shows them, inline in a subscription too: with the prices set last. */
export function renderTerms({ cycles, preferences, taxes }: Terms): Record<string, unknown> {
  const { setup_fee, ...rest } = preferences
  return {
    billing_cycles: cycles.map(renderCycle),
    payment_preferences: { service_type: 'PREPAID', ...rest, ...(setup_fee && { setup_fee: short(setup_fee) }) },
    ...(taxes && { taxes }),
  }
}

function renderCycle({ tenure, sequence, total, frequency, schemes }: HeldCycle): Record<string, unknown> {
  const dated = schemes.at(-1)
  return {
    ...(dated && { pricing_scheme: renderScheme(dated) }),
    frequency,
    tenure_type: tenure,
    sequence,
    total_cycles: total,
  }
}

function renderScheme({ version, scheme, createdAt }: DatedScheme): Record<string, unknown> {
  const { fixed_price, pricing_model, tiers } = scheme
  return {
    version,
    ...(fixed_price && { fixed_price: short(fixed_price) }),
    ...(pricing_model && { pricing_model }),
    ...(tiers && { tiers: tiers.map((tier) => ({ ...tier, amount: short(tier.amount) })) }),
    create_time: isoOf(createdAt),
    update_time: isoOf(createdAt),
  }
}

function short(money: Money): Money {
  return shortMoneyOf(minorOf(money, ''), money.currency_code)
}
