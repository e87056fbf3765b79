import type { PauseKind } from '../../../providers/provider.ts'
import { checksOf } from '../check.ts'
import { demand, demandEqual, demandPresent, demandRefusal } from '../expectation.ts'
import { cancelLater, currency, payingInvoices, portal, usage } from '../needs.ts'

const pauses: PauseKind[] = ['collection', 'service']

function demandAbility(isThere: boolean, isClaimed: boolean, what: string): void {
  if (isClaimed) demand(isThere, `${what} is claimed and not there`)
  else demand(!isThere, `${what} is there and not claimed`)
}

/** Optional abilities, both ways. Claimed: it is there and works. Not claimed: it is absent. */
export const abilityChecks = checksOf('honesty', {
  'it names itself, its kind and its mode': {
    catches: 'leaves out what rows and pages are labelled with',
    run: async ({ provider }) => {
      const { providerName, providerKind, mode } = provider
      demand(/^[a-z][a-z0-9-]{0,39}$/.test(providerName), `"${providerName}" is no provider name`)
      demand(providerKind, 'the kind of provider is missing')
      demand(mode === 'live' || mode === 'test', `"${mode}" is no mode`)
    },
  },
  'reactivate is claimed exactly if a scheduled end can be taken back': {
    catches: 'claims to take back an end that is final',
    needs: [cancelLater],
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      await steps.cancel(id, true)
      if (steps.provider.capabilities.reactivate) {
        return demandEqual((await steps.reactivate(id)).subscription.cancelAt, null, 'the end that was taken back')
      }
      await demandRefusal(steps.reactivate(id), 'unsupported', 'a reactivation that is not claimed')
    },
  },
  'quantity is claimed exactly if it can be changed': {
    catches: 'claims seats and ignores the number, or the other way round',
    run: async (steps) => {
      const before = await steps.subscribe()
      const change = steps.update(before, { quantity: 4 })
      if (!steps.provider.capabilities.quantity) {
        await demandRefusal(change, 'unsupported', 'a quantity that is not claimed')
        return
      }
      const { outcome } = await change
      if (outcome === 'requires_approval')
        return demand(
          steps.provider.capabilities.changePlan.mayRequireApproval,
          'approval is asked for, and not claimed',
        )
      if (outcome === 'scheduled') await steps.harness.advance('P32D')
      const { items } = await steps.subscription(before.externalSubscriptionId)
      demandEqual(
        items.map(({ quantity }) => quantity),
        [4],
        'the quantity after the change',
      )
    },
  },
  'trials are claimed exactly if they work: nothing is charged before the end, all of it then': {
    catches: 'charges at the start of the trial, or never',
    run: async (steps) => {
      if (!steps.provider.capabilities.trials) {
        await demandRefusal(steps.openSession({ trialDays: 14 }), 'unsupported', 'a trial that is not claimed')
        return
      }
      const subscription = await steps.subscribe({ trialDays: 14 })
      const { externalSubscriptionId: id } = subscription
      const paid = async () => (await steps.invoices(id)).reduce((sum, { amountPaid }) => sum + amountPaid, 0)
      demandEqual(subscription.status, 'trialing', 'the status in the trial')
      demandEqual(subscription.trialEnd, subscription.currentPeriodEnd, 'the end of the trial, against the period’s')
      demandEqual(await paid(), 0, 'money taken in the trial')
      await steps.harness.advance('P15D')
      demandEqual((await steps.subscription(id)).status, 'active', 'the status after the trial')
      demandEqual(await paid(), 2900, 'money taken after the trial')
    },
  },
  'pause is claimed exactly if it is there, kind by kind': {
    catches: 'claims a pause that it does not have, or hides one that it has',
    run: async (steps) => {
      const { provider } = steps
      const claimed = provider.capabilities.pause
      demandAbility(provider.pause !== undefined, claimed.length > 0, 'pause')
      if (!provider.pause) return
      for (const kind of pauses) {
        const { externalSubscriptionId: id } = await steps.subscribe()
        const pausing = steps.pause(id, kind)
        if (claimed.includes(kind)) await pausing
        else await demandRefusal(pausing, 'unsupported', `a pause of "${kind}", which is not claimed`)
      }
    },
  },
  'preview is claimed exactly if it is there': {
    catches: 'claims previews that it does not have, or the other way round',
    run: async ({ provider }) =>
      demandAbility(provider.previewUpdate !== undefined, provider.capabilities.preview, 'previewUpdate'),
  },
  'payInvoice is claimed exactly if it is there': {
    catches: 'claims to collect on demand and cannot, or the other way round',
    run: async ({ provider }) =>
      demandAbility(provider.payInvoice !== undefined, provider.capabilities.payInvoice, 'payInvoice'),
  },
  'portal is claimed exactly if it is there': {
    catches: 'claims pages that it does not have, or the other way round',
    run: async ({ provider }) => demandAbility(provider.portal !== undefined, provider.capabilities.portal, 'portal'),
  },
  'usage is claimed exactly if it is there': {
    catches: 'claims to bill usage and does not take it, or the other way round',
    run: async ({ provider }) => demandAbility(provider.usage !== undefined, provider.capabilities.usage, 'usage'),
  },
  'refunds are claimed exactly if they are there': {
    catches: 'claims refunds that it does not have, or the other way round',
    run: async ({ provider }) =>
      demandAbility(provider.refunds !== undefined, provider.capabilities.refunds !== 'none', 'refunds'),
  },
  'coupons are claimed exactly if they are there': {
    catches: 'claims coupons that it cannot make, or the other way round',
    run: async ({ provider }) =>
      demandAbility(provider.coupons !== undefined, provider.capabilities.checkoutOptions.coupons, 'coupons'),
  },
  'the portal gives a link for a customer, and none for one who is not there': {
    catches: 'opens a portal without saying for whom',
    needs: [portal],
    run: async (steps) => {
      const { externalCustomerId } = await steps.customer()
      const ability = demandPresent(steps.provider.portal, 'the portal')
      const link = (id: string, purpose: 'overview' | 'payment_method') =>
        ability.createPortalLink({ externalCustomerId: id, returnUrl: 'https://shop.example.test/back', purpose })
      for (const purpose of ['overview', 'payment_method'] as const) {
        const { url } = await link(externalCustomerId, purpose)
        demand(/^https?:\/\//.test(url), `"${url}" is no address`)
      }
      await demandRefusal(link('cus_GoneLongAgo', 'overview'), 'resource_missing', 'a portal for nobody')
    },
  },
  'an invoice is paid on demand only if there is one': {
    catches: 'answers paid for an invoice that it does not know',
    needs: [payingInvoices],
    run: async (steps) => {
      const input = { externalInvoiceId: 'in_GoneLongAgo', amount: 2900, currency: 'EUR' }
      const paying = steps.provider.payInvoice?.(input, steps.operation('pay_invoice', input)) ?? Promise.resolve()
      await demandRefusal(paying, 'resource_missing', 'paying a missing invoice')
    },
  },
  'usage is taken, and taken again under its operation': {
    catches: 'refuses the repeat of a report, so a lost answer stops the reports',
    needs: [usage],
    run: async (steps) => {
      const { externalCustomerId } = await steps.customer()
      const occurredAt = steps.harness.clock.now().toISOString()
      const input = { meterEventName: 'contract_calls', externalCustomerId, quantity: '12.5', occurredAt }
      const operation = steps.operation('report_usage', input)
      const ability = demandPresent(steps.provider.usage, 'the ability to report usage')
      for (let times = 0; times < 2; times += 1) {
        demandEqual(await ability.reportUsage(input, operation), { accepted: true }, 'the answer to a report')
      }
    },
  },
  'invoices are numbered exactly if it claims to make them': {
    catches: 'claims to make tax invoices and gives them no number',
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      const [invoice] = await steps.invoices(id)
      const claims = steps.provider.capabilities.invoices === 'provider'
      demandEqual(Boolean(invoice?.number), claims, `whether the invoice has a number (${invoice?.number})`)
    },
  },
  'a currency that is not claimed is unsupported_currency': {
    catches: 'publishes a price in a currency that it cannot charge',
    needs: [
      { what: 'a list of currencies without CHF', isMet: (claims, harness) => !currency('CHF').isMet(claims, harness) },
    ],
    run: async (steps) => {
      await demandRefusal(steps.price({ currency: 'CHF' }), 'unsupported_currency', 'a price in CHF')
    },
  },
  'testClock is claimed exactly if there is a clock that moves': {
    catches: 'claims a clock that stands still',
    run: async ({ provider, harness }) => {
      demandAbility(provider.now !== undefined, provider.capabilities.testClock, 'now')
      if (!provider.now) return
      const before = await provider.now()
      await harness.advance('P1D')
      const movedMs = (await provider.now()).getTime() - before.getTime()
      demand(movedMs >= 24 * 60 * 60 * 1000, `the clock moved by ${movedMs} ms when it was to move by a day`)
    },
  },
})
