import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { BillhookError } from '../../primitives/index.ts'
import type { BasePaymentProvider } from '../../providers/provider.ts'
import { getMeter } from '../meters/index.ts'
import { type ApplyOperation, runOperation } from '../operations/index.ts'
import { getPlan } from './get-plan.ts'
import type { Plan, PlanPrice } from './plan.ts'
import { findAnyPrice, findExternalProductId, insertProviderPrice } from './store.ts'

/**
 * Makes the plan's product and prices at a provider; what is there already is left alone, so it can be repeated. Metered prices stay
 * here where the provider has none: what was used is shown as unbilled then. Errors: `plan_not_found`,
 * `unknown_provider` (404); `unsupported_currency`, `unsupported` (422) before anything is made; `outcome_unknown` (502) when the
 * provider's answer was lost: repeat it later.
 */
export async function publishPlan(
  ctx: Context,
  { planId, provider: name }: { planId: string; provider: string },
): Promise<Plan> {
  const provider = ctx.providers.getProvider(name)
  const plan = await getPlan(ctx, { planId, provider: name })
  const { meteredPrices } = provider.capabilities
  const unpublished = plan.prices.filter(
    (price) => price.externalPriceId === null && (price.meter === null || meteredPrices),
  )
  for (const price of unpublished) requireSupported(provider, price)
  // One after another: the first price makes the product that the others belong to.
  for (const price of unpublished) await publishPrice(ctx, provider, plan, price)
  return getPlan(ctx, { planId: plan.id, provider: name })
}

function requireSupported({ capabilities, providerName }: BasePaymentProvider, price: PlanPrice): void {
  const refuse = (code: string, what: string) =>
    new BillhookError(code, `Price "${price.key}" cannot be published: ${providerName} takes no ${what}.`, {
      status: 422,
      facts: { provider: providerName, price_key: price.key },
    })
  const { currencies } = capabilities
  if (currencies !== 'any' && !currencies.includes(price.currency)) throw refuse('unsupported_currency', price.currency)
  if (price.trialDays > 0 && !capabilities.trials) throw refuse('unsupported', 'trials')
}

async function publishPrice(ctx: Context, provider: BasePaymentProvider, plan: Plan, price: PlanPrice): Promise<void> {
  const { providerName } = provider
  const externalProductId = await asPlatform(ctx.db, (scope) => findExternalProductId(scope, plan.id, providerName))
  const { id, key, currency, amount, interval, intervalCount } = price
  const metered = await meteredTerms(ctx, price)
  const input = {
    plan: { id: plan.id, key: plan.key, name: plan.name, description: plan.description, externalProductId },
    price: { id, key, currency, amount, interval, intervalCount, ...(metered && { metered }) },
  }
  const done = await runOperation(ctx, {
    kind: 'publish_price',
    provider: providerName,
    businessKey: `publish_price:${providerName}:${id}`,
    retriesFailure: true,
    organizationId: null,
    input,
    call: (operation) => provider.publishPrice(input, operation),
    apply: applyPublishedPrice,
  })
  if (done.status === 'succeeded') return
  throw new BillhookError('outcome_unknown', `${providerName} did not answer in time. Publish again to find out.`, {
    status: 502,
    facts: { provider: providerName, operation_id: done.operationId },
  })
}

/** A meter is known to providers by its key. */
async function meteredTerms(ctx: Context, { meter: key, unitAmountDecimal }: PlanPrice) {
  if (key === null || unitAmountDecimal === null) return null
  const meter = await getMeter(ctx, { meterId: key })
  return { meterEventName: meter.key, meterName: meter.name, unitAmountDecimal }
}

/** Keeps the ids that a price got at a provider: after the call, or after a look-up that found it done. */
export const applyPublishedPrice: ApplyOperation<'publish_price', { priceId: string }> = async (
  ctx,
  scope,
  { provider, input },
  { externalPriceId, externalProductId },
) => {
  const priceId = input.price.id
  const { organizationId } = await findAnyPrice(scope, priceId)
  await insertProviderPrice(scope, {
    id: ctx.ids.next('providerPrice'),
    priceId,
    organizationId,
    provider,
    providerKind: ctx.providers.getProvider(provider).providerKind,
    externalPriceId,
    externalProductId,
    createdAt: ctx.clock.now(),
  })
  return { priceId }
}
