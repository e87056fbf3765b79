import { invalidRequest, missingParameter } from './api-error.ts'
import { checkQuantity, discountParameter, isEnabled } from './checkout-options.ts'
import { demandRecurringPrice } from './create-subscription.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { CheckoutOrder } from './emulator-state.ts'
import type { FormReader } from './form.ts'
import { trialEndOf } from './subscription-trial.ts'

export const daySeconds = 86_400

/** What the session will make once it is paid. */
export function orderOf(context: EmulatorContext, params: FormReader, customer: string | null): CheckoutOrder {
  const lines = params.hashes('line_items').map((line) => {
    const price = demandRecurringPrice(context, line.required('price'), line.label('price'), customer)
    const quantity = line.integer('quantity') ?? undefined
    checkQuantity(quantity, line.label('quantity'))
    const isMetered = price.recurring?.usage_type === 'metered'
    if (!isMetered && quantity === undefined) throw missingParameter(line.label('quantity'))
    if (isMetered && quantity !== undefined) {
      throw invalidRequest('You cannot specify a quantity for a metered price.', { param: line.label('quantity') })
    }
    return { id: context.newId('li'), price: price.id, quantity }
  })
  if (lines.length === 0) throw missingParameter('line_items')
  const data = params.hash('subscription_data')
  const trialEnd = data?.integer('trial_end') ?? null
  const trialDays = data?.integer('trial_period_days') ?? null
  trialEndOf(context, trialDays, trialEnd)
  if (trialEnd !== null && trialEnd < context.clock.seconds() + 2 * daySeconds) {
    throw invalidRequest('The `trial_end` date has to be at least 2 days in the future.', {
      param: 'subscription_data[trial_end]',
    })
  }
  return {
    lines,
    subscriptionMetadata: data?.metadata() ?? {},
    description: data?.text('description') ?? null,
    trialDays,
    trialEnd,
    missingPaymentMethod:
      data?.hash('trial_settings')?.hash('end_behavior')?.text('missing_payment_method') ?? 'create_invoice',
    needsCardForTrial: params.text('payment_method_collection') !== 'if_required',
    discount: discountParameter(context, params),
    takesPromotionCodes: params.boolean('allow_promotion_codes') === true,
    automaticTax: isEnabled(params, 'automatic_tax'),
  }
}
