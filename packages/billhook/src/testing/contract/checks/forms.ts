import type { Capabilities, ProrationMode } from '../../../providers/provider.ts'
import { type ContractCheck, checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandRefusal } from '../expectation.ts'
import type { ContractSteps } from '../steps.ts'

const modes: ProrationMode[] = ['none', 'next_invoice', 'immediate']
const options = {
  promotionCodes: { allowPromotionCodes: true },
  taxIds: { collectTaxIds: true },
  automaticTax: { automaticTax: true },
  coupons: { externalCouponId: 'bhcoupon_GoneLongAgo' },
} as const satisfies Record<keyof Capabilities['checkoutOptions'], object>

const cancelHonesty: ContractCheck[] = ([false, true] as const).flatMap((atPeriodEnd) =>
  checksOf('honesty', {
    [`cancel.${atPeriodEnd ? 'atPeriodEnd' : 'immediately'} is claimed exactly if it works`]: {
      catches: 'claims a way to cancel that it does not have, or the other way round',
      run: async (steps) => {
        const claims = steps.provider.capabilities.cancel
        const { externalSubscriptionId: id } = await steps.subscribe()
        if (atPeriodEnd ? claims.atPeriodEnd : claims.immediately) {
          const { subscription } = await steps.cancel(id, atPeriodEnd)
          const end = atPeriodEnd ? subscription.cancelAt : subscription.endedAt
          return demand(end instanceof Date, 'it was cancelled and does not say when it ends')
        }
        await demandRefusal(steps.cancel(id, atPeriodEnd), 'unsupported', 'a cancellation that is not claimed')
        demandFields(await steps.subscription(id), { status: 'active', cancelAt: null }, 'after the refusal')
      },
    },
  }),
)

const prorationHonesty: ContractCheck[] = modes.flatMap((mode) =>
  checksOf('honesty', {
    [`proration "${mode}" is claimed exactly if it works`]: {
      catches: 'prorates otherwise than it was told, or claims a proration it does not have',
      run: async (steps) => {
        const { changePlan } = steps.provider.capabilities
        const subscription = await steps.subscribe()
        const { externalPriceId } = await steps.price({ amount: 9900 })
        await steps.harness.advance('P10D')
        const change = steps.update(subscription, { externalPriceId }, mode)
        if (!changePlan.proration.includes(mode)) {
          await demandRefusal(change, 'unsupported', `proration "${mode}", which is not claimed`)
          return
        }
        const { outcome } = await change
        if (outcome === 'requires_approval') {
          return demand(changePlan.mayRequireApproval, 'approval is asked for, and not claimed')
        }
        await demandProration(steps, subscription.externalSubscriptionId, mode)
      },
    },
  }),
)

/** How many invoices there are at once, and whether the signed lines of the change are found by the end of the period. */
async function demandProration(steps: ContractSteps, id: string, mode: ProrationMode): Promise<void> {
  demandEqual((await steps.invoices(id)).length, mode === 'immediate' ? 2 : 1, 'invoices right after the change')
  await steps.harness.advance('P32D')
  const invoices = await steps.invoices(id)
  const signs = invoices
    .flatMap(({ lines }) => lines)
    .filter((line) => line.proration)
    .map((line) => Math.sign(line.amount))
  demandEqual(
    signs.sort((a, b) => a - b),
    mode === 'none' ? [] : [-1, 1],
    'the signs of the proration lines',
  )
  const renewal = invoices.at(-1)?.lines.filter((line) => !line.proration)
  demandEqual(
    renewal?.map((line) => line.amount),
    [9900],
    'what the renewal charges for the new plan',
  )
}

const optionHonesty: ContractCheck[] = (Object.keys(options) as Array<keyof typeof options>).flatMap((option) =>
  checksOf('honesty', {
    [`checkout option "${option}" is refused where it is not claimed`]: {
      catches: 'drops an option of the checkout silently: a discount that is promised and not given',
      needs: [{ what: 'the option not to be claimed', isMet: ({ checkoutOptions }) => !checkoutOptions[option] }],
      run: async (steps) => {
        await demandRefusal(steps.openSession(options[option]), 'unsupported', `a checkout with ${option}`)
      },
    },
    ...(option !== 'coupons' && {
      [`checkout option "${option}" works where it is claimed`]: {
        catches: 'claims an option of the checkout that it refuses',
        needs: [{ what: 'the option to be claimed', isMet: ({ checkoutOptions }) => checkoutOptions[option] }],
        run: async (steps: ContractSteps) => {
          demandEqual((await steps.openSession(options[option])).status, 'open', `a checkout with ${option}`)
        },
      },
    }),
  }),
)

/** Forms of mandatory methods, both ways. Claimed: it works. Not claimed: it is refused as `unsupported`, and changes nothing. */
export const formChecks = [...cancelHonesty, ...prorationHonesty, ...optionHonesty]
