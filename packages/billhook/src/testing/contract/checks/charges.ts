import { minorUnits } from '../../../primitives/index.ts'
import type { ChargeData } from '../../../providers/provider.ts'
import { type ContractCheck, checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandPresent } from '../expectation.ts'
import { currency, listedCharges, refunds } from '../needs.ts'
import type { ContractSteps } from '../steps.ts'
import { refund } from './refunds.ts'

/** A renewal that failed and the charges until then, as the list shows them. */
async function failedCharge(steps: ContractSteps): Promise<{ id: string; charges: ChargeData[]; failed: ChargeData }> {
  const { externalSubscriptionId: id } = await steps.subscribe({ card: 'fails_later' })
  await steps.harness.nextWebhooks()
  await steps.harness.advance('P32D')
  const charges = await steps.charges(id)
  return { id, charges, failed: demandPresent(charges[1], 'the charge of the failed renewal') }
}

async function toldCharges(steps: ContractSteps): Promise<ChargeData[]> {
  const meanings = await steps.nextMeanings()
  return meanings.flatMap((event) => (event.kind === 'charge.changed' && event.snapshot ? [event.snapshot] : []))
}

function demandSoundCharge({ externalPaymentId, amount, tax, amountRefunded, ...charge }: ChargeData): void {
  demand(externalPaymentId, 'a charge has no id')
  for (const [name, value] of Object.entries({ amount, tax, amountRefunded })) {
    demand(Number.isSafeInteger(value) && value >= 0, `${name} of a charge is ${value}`)
  }
  demand(tax <= amount, `the tax is ${tax} of ${amount}: it is part of what was taken`)
  demand(amountRefunded <= amount, `${amountRefunded} of ${amount} went back`)
  demand(charge.attemptedAt instanceof Date, 'a charge does not say when it was tried')
}

const currencyChecks: ContractCheck[] = ['JPY', 'EUR', 'KWD'].flatMap((code) => {
  const amount = 29 * 10 ** minorUnits(code) + (minorUnits(code) > 0 ? 10 : 0)
  return checksOf('charges', {
    [`a charge in ${code} is exact to the last minor unit`]: {
      catches: `reads ${code} with another number of decimals`,
      needs: [listedCharges, currency(code)],
      run: async (steps) => {
        const { externalSubscriptionId: id, terms } = await steps.subscribe({ price: { currency: code, amount } })
        const [charge] = await steps.charges(id)
        demandFields(charge, { currency: code, amount: amount + (terms?.tax ?? 0) }, 'the first charge')
        demandFields(terms, { amount }, 'the terms')
      },
    },
  })
})

const otherChecks = checksOf('charges', {
  'charges are there exactly if it makes no documents': {
    catches: 'leaves the bills to us and shows nothing that they could be written from, or shows money twice',
    run: async ({ provider }) =>
      demandEqual(
        provider.charges !== undefined,
        provider.capabilities.invoices === 'none',
        'whether charges are there',
      ),
  },
  'a subscription tells what a cycle of it costs': {
    catches: 'tells the price of one seat, or no interval, so that bills are wrong or none',
    needs: [listedCharges],
    run: async (steps) => {
      const { terms, items, billingAnchorAt } = await steps.subscribe({ quantity: 3 })
      const expected = {
        externalPriceId: items[0]?.externalPriceId,
        quantity: 3,
        interval: 'month',
        intervalCount: 1,
      } as const
      demandFields(terms, { ...expected, amount: 8700 }, 'the terms')
      demand(billingAnchorAt instanceof Date, 'it does not say from when its cycles are counted')
    },
  },
  'the anchor is kept from cycle to cycle': {
    catches: 'tells the start of the present period for the anchor, so that every cycle is the first',
    needs: [listedCharges],
    run: async (steps) => {
      const { externalSubscriptionId: id, billingAnchorAt } = await steps.subscribe()
      await steps.harness.advance('P32D')
      demandEqual((await steps.subscription(id)).billingAnchorAt, billingAnchorAt, 'the anchor a month later')
    },
  },
  'the list shows each charge once and the oldest first, whole and with its tax as a part of it': {
    catches: 'drops what failed or what is old, or tells amounts without tax',
    needs: [listedCharges],
    run: async (steps) => {
      const { charges } = await failedCharge(steps)
      demand(charges.length >= 2, `only ${charges.length} charges of a purchase and a failed renewal`)
      demandFields(charges[0], { status: 'succeeded', nextAttemptAt: null }, 'the charge of the purchase')
      for (const charge of charges) demandSoundCharge(charge)
      const times = charges.map(({ attemptedAt }) => attemptedAt.getTime())
      demandEqual(
        times,
        times.toSorted((a, b) => a - b),
        'the times of the charges',
      )
      demandEqual(new Set(charges.map(({ externalPaymentId }) => externalPaymentId)).size, charges.length, 'ids')
    },
  },
  'a charge that failed says why, and has one id whenever it is told or listed': {
    catches: 'makes an id up for an attempt that has none, so one failure is many',
    needs: [listedCharges],
    run: async (steps) => {
      const { id, failed } = await failedCharge(steps)
      demandFields(failed, { status: 'failed' }, 'the failed charge')
      demand(failed.declineCode || failed.failureMessage, 'a failed charge does not say why')
      const again = (await steps.charges(id)).map(({ externalPaymentId }) => externalPaymentId)
      demand(again.includes(failed.externalPaymentId), 'the failed charge has another id in the next list')
      const told = (await toldCharges(steps)).find(({ status }) => status === 'failed')
      demandEqual(told?.externalPaymentId, failed.externalPaymentId, 'the id told, against the one listed')
    },
  },
  'a list of more than a hundred charges comes to its end, with each charge once': {
    catches: 'ignores the cursor and starts again, or stops after the first page',
    needs: [listedCharges],
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe({ price: { interval: 'day' } })
      await steps.harness.advance('P104D')
      const ids = (await steps.charges(id)).map(({ externalPaymentId }) => externalPaymentId)
      demandEqual(ids.length, 105, 'charges of 105 days')
      demandEqual(new Set(ids).size, 105, 'different charges among them')
    },
  },
  'what went back of a charge is shown by it': {
    catches: 'lists a refunded charge as if nothing had gone back',
    needs: [listedCharges, refunds],
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      const charge = demandPresent((await steps.charges(id))[0], 'the first charge')
      const { externalPaymentId, amount, currency: code } = charge
      const reference = { organizationId: 'bhorg_contract' }
      await refund(steps, { externalPaymentId, amount, currency: code, reason: 'requested_by_customer', reference })
      demandFields(
        (await steps.charges(id))[0],
        { status: 'succeeded', amountRefunded: amount },
        'the charge given back',
      )
    },
  },
})

export const chargeChecks = [...currencyChecks, ...otherChecks]
