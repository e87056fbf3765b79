import { addDuration } from '../../../primitives/index.ts'
import type { PublishPriceInput } from '../../../providers/provider.ts'
import { checksOf } from '../check.ts'
import { demand, demandEqual, demandPresent, demandRefusal } from '../expectation.ts'
import { currency, fixedPrices, meteredPrices } from '../needs.ts'
import { priceInput } from '../steps.ts'

const intervals: Array<{ duration: string; price: Partial<PublishPriceInput['price']> }> = [
  { duration: 'P1D', price: { interval: 'day' } },
  { duration: 'P14D', price: { interval: 'week', intervalCount: 2 } },
  { duration: 'P3M', price: { interval: 'month', intervalCount: 3 } },
  { duration: 'P1Y', price: { interval: 'year' } },
]

const metered = { meterEventName: 'contract_calls', meterName: 'Calls', unitAmountDecimal: '0.25' }
const meteredInput = (): PublishPriceInput => priceInput({ amount: 0, metered })

export const priceChecks = checksOf('prices', {
  'a price published twice, by two operations, is one price of one product': {
    catches: 'makes another price each time a plan is published',
    run: async (steps) => {
      const input = priceInput()
      const first = await steps.publish(input)
      demandEqual(await steps.publish(input), first, 'the price published again')
    },
  },
  'the prices of one plan share its product': {
    catches: 'makes a product for every price',
    run: async (steps) => {
      const monthly = priceInput()
      const first = await steps.publish(monthly)
      const { price } = priceInput({ interval: 'year', amount: 29_000 })
      const plan = { ...monthly.plan, externalProductId: first.externalProductId }
      const second = await steps.publish({ plan, price })
      demandEqual(second.externalProductId, first.externalProductId, 'the product of the second price')
      demand(second.externalPriceId !== first.externalPriceId, 'the two prices are one at the provider')
    },
  },
  'a price that bills usage is bought along with another, without a quantity': {
    catches: 'leaves metered prices out of the checkout, or sells one unit of them',
    needs: [meteredPrices],
    run: async (steps) => {
      const fixed = priceInput()
      const { externalProductId, externalPriceId } = await steps.publish(fixed)
      const usage = await steps.publish({ ...meteredInput(), plan: { ...fixed.plan, externalProductId } })
      const { externalCustomerId } = await steps.customer()
      const options = { externalCustomerId, externalPriceId, meteredExternalPriceIds: [usage.externalPriceId] }
      const paid = await steps.pay(await steps.checkout(options))
      const { items } = await steps.subscription(demandPresent(paid.externalSubscriptionId, 'the subscription'))
      const quantities = new Map(items.map((item) => [item.externalPriceId, item.quantity]))
      demandEqual(quantities.get(externalPriceId), 1, 'the quantity of what is bought')
      demandEqual(quantities.get(usage.externalPriceId), null, 'the quantity of what is billed by usage')
    },
  },
  'a price that bills usage is published twice as one, and never edited': {
    catches: 'makes another price or another meter each time, or answers the old price as if it were the new',
    needs: [meteredPrices],
    run: async (steps) => {
      const input = meteredInput()
      const first = await steps.publish(input)
      demandEqual(await steps.publish(input), first, 'the price published again')
      const edited = { ...input, price: { ...input.price, metered: { ...metered, unitAmountDecimal: '0.3' } } }
      await demandRefusal(steps.publish(edited), 'provider_rejected', 'another unit amount under the id')
    },
  },
  'a price that bills usage is unsupported where none is claimed': {
    catches: 'publishes a metered price as one that costs nothing',
    needs: [fixedPrices],
    run: async (steps) => {
      await demandRefusal(steps.publish(meteredInput()), 'unsupported', 'a price that bills usage')
    },
  },
  'a published price never changes: another amount under its id is refused': {
    catches: 'edits a price that customers pay already, or answers the old one as if it were the new',
    run: async (steps) => {
      const input = priceInput()
      await steps.publish(input)
      const dearer = { ...input, price: { ...input.price, amount: input.price.amount + 1 } }
      await demandRefusal(steps.publish(dearer), 'provider_rejected', 'publishing the price with another amount')
    },
  },
  'days, weeks, months and years are periods of that length, counted with the interval count': {
    catches: 'drops the interval count, or maps one interval to another',
    run: async (steps) => {
      for (const { duration, price } of intervals) {
        const { currentPeriodStart, currentPeriodEnd } = await steps.subscribe({ price })
        const start = demandPresent(currentPeriodStart, `the start of a period of ${duration}`)
        demandEqual(currentPeriodEnd, addDuration(start, duration), `the end of a period of ${duration}`)
      }
    },
  },
  'the amount and the currency that were published are the ones that are charged': {
    catches: 'charges in the account’s own currency, or another amount than the plan says',
    needs: [currency('EUR')],
    run: async (steps) => {
      const { externalSubscriptionId } = await steps.subscribe({ price: { currency: 'EUR', amount: 1234 } })
      const [invoice] = await steps.invoices(externalSubscriptionId)
      demandEqual([invoice?.currency, invoice?.total], ['EUR', 1234], 'currency and total of the first invoice')
    },
  },
})
