import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getOperation } from '../src/domain/operations/index.ts'
import { PaymentProviderError } from '../src/providers/provider.ts'
import { cards, openShop, type Shop, selectRows } from './support/sandbox-shop.ts'
import { type TroubledSandbox, troubledSandbox } from './support/troubled-sandbox.ts'

describe('a call to a provider', () => {
  let shop: Shop
  let provider: TroubledSandbox
  beforeEach(async () => {
    const troubled = troubledSandbox()
    shop = await openShop({ providers: { sandbox: troubled.make } })
    provider = troubled.provider()
  })
  afterEach(() => shop.close())

  const inOrganization = () => ({ organizationId: shop.organizationId })
  const cancel = async (businessKey?: string) => {
    const { id: subscriptionId } = await shop.current()
    return shop.billing.cancelSubscription({ ...inOrganization(), subscriptionId, atPeriodEnd: true, businessKey })
  }
  const changePlan = async (businessKey?: string) => {
    const { id: subscriptionId } = await shop.current()
    const change = { subscriptionId, priceId: 'team-monthly', proration: 'immediate' as const, businessKey }
    return shop.billing.updateSubscriptionPlan({ ...inOrganization(), ...change })
  }
  const operation = (outcome: object) =>
    getOperation(shop.ctx, {
      ...inOrganization(),
      operationId: 'operationId' in outcome ? String(outcome.operationId) : '',
    })
  /** Deliveries apart, so that only the look-up can tell what happened. */
  const lookLater = async (seconds: number) => {
    shop.billing.clock.advanceMs(seconds * 1000)
    await shop.billing.runJobs()
  }

  it('whose answer is lost is pending, and settled by looking, without a second effect', async () => {
    await shop.subscribe()
    provider.troubles.set('updateSubscription', 'answer_lost')
    const lost = await changePlan('the change')
    expect(lost).toMatchObject({ outcome: 'pending' })
    expect(await operation(lost)).toMatchObject({ status: 'unknown', errorCode: 'outcome_unknown' })
    expect(await changePlan('the change')).toEqual(lost)
    await lookLater(3)
    expect(await operation(lost)).toMatchObject({ status: 'succeeded', errorCode: null })
    expect(await changePlan('the change')).toMatchObject({ outcome: 'applied', subscription: { planKey: 'team' } })
    expect(provider.done.get('updateSubscription')).toBe(1)
    const { data } = await shop.billing.listInvoices(inOrganization())
    expect(data.filter(({ billingReason }) => billingReason === 'subscription_update')).toHaveLength(1)
  })

  it('that never reached its provider has failed once looking finds nothing for a minute, and may be made anew', async () => {
    await shop.subscribe()
    provider.troubles.set('cancelSubscription', 'never_arrives')
    const lost = await cancel()
    await lookLater(3)
    expect(await operation(lost)).toMatchObject({ status: 'unknown' })
    await lookLater(90)
    expect(await operation(lost)).toMatchObject({ status: 'failed', errorCode: 'provider_unavailable' })
    provider.troubles.clear()
    expect(await cancel()).toMatchObject({ outcome: 'applied', subscription: { cancelAtPeriodEnd: true } })
  })

  it('leaves no room for another change of the subscription while its outcome is unknown', async () => {
    await shop.subscribe()
    provider.troubles.set('cancelSubscription', 'never_arrives')
    await cancel()
    await expect(changePlan()).rejects.toMatchObject({ code: 'change_in_progress', status: 409 })
    expect(provider.done.get('updateSubscription')).toBeUndefined()
  })

  it('that was refused is answered alike for the same key, and tried again for another', async () => {
    await shop.subscribe()
    provider.troubles.set('cancelSubscription', 'refused')
    await expect(cancel('one')).rejects.toMatchObject({ code: 'provider_rejected', status: 502 })
    provider.troubles.clear()
    await expect(cancel('one')).rejects.toMatchObject({ code: 'provider_rejected', status: 502 })
    expect(provider.done.get('cancelSubscription')).toBeUndefined()
    expect(await cancel('two')).toMatchObject({ outcome: 'applied' })
  })

  it('that succeeded is settled later when our own write fails after it', async () => {
    await shop.subscribe()
    // What a database does that breaks at that moment.
    const broken = `create function break_now() returns trigger language plpgsql as
      $$ begin raise exception 'the disk is full' using errcode = 'disk_full'; end $$`
    await selectRows(shop.billing, broken)
    await selectRows(
      shop.billing,
      'create trigger broken before update on billhook.subscriptions for each row execute function break_now()',
    )
    await expect(cancel('the end')).rejects.toThrow()
    expect(provider.done.get('cancelSubscription')).toBe(1)
    await selectRows(shop.billing, 'drop trigger broken on billhook.subscriptions')
    expect(await cancel('the end')).toMatchObject({ outcome: 'pending' })
    await lookLater(121)
    expect(await cancel('the end')).toMatchObject({ outcome: 'applied', subscription: { cancelAtPeriodEnd: true } })
    expect(provider.done.get('cancelSubscription')).toBe(1)
    const open = await shop.ctx.db.drizzle.execute(sql`select 1 from billhook.operations where status <> 'succeeded'`)
    expect(open).toMatchObject({ rows: [] })
  })

  it('shows what it did even when something else was applied while it was under way', async () => {
    const { externalSubscriptionId } = await shop.subscribe()
    provider.meanwhile = async () => {
      // An event of a moment before the call, applied after it.
      await selectRows(
        shop.billing,
        `update billhook.bindings set ticket_issued = ticket_issued + 1, ticket_applied = ticket_issued + 1, snapshot_digest = 'older'
         where external_subscription_id = '${externalSubscriptionId}'`,
      )
    }
    expect(await cancel()).toMatchObject({ outcome: 'applied', subscription: { cancelAtPeriodEnd: true } })
    expect(provider.done.get('cancelSubscription')).toBe(1)
  })

  it('that paid a bill shows it as paid even when an older state of the bill was applied while it was under way', async () => {
    const { externalCustomerId } = await shop.subscribe({ card: cards.failsLater })
    await shop.advance('P1M')
    const [invoice] = (await shop.billing.listInvoices(inOrganization())).data
    const page = await provider.portal?.createPortalLink({
      externalCustomerId: externalCustomerId ?? '',
      returnUrl: 'https://a.test/',
      purpose: 'payment_method',
    })
    await shop.pay(page?.url ?? '', cards.pays)
    provider.meanwhile = async () => {
      await selectRows(
        shop.billing,
        `update billhook.invoices set ticket_issued = ticket_issued + 1, ticket_applied = ticket_issued + 1, snapshot_digest = 'older'
         where id = '${invoice?.id}'`,
      )
    }
    const paid = await shop.billing.payInvoice({ ...inOrganization(), invoiceId: invoice?.id ?? '' })
    expect(paid).toMatchObject({ outcome: 'paid', invoice: { id: invoice?.id, status: 'paid', amountRemaining: 0 } })
    expect(provider.done.get('payInvoice')).toBe(1)
  })

  it.each([
    ['is asked again at once', false],
    ['is asked again when the answer was lost as well', true],
  ])('that made a refund whose older state was told first %s', async (_, isLost) => {
    await shop.subscribe()
    const [payment] = (await shop.billing.listPayments(inOrganization())).data
    const paymentId = payment?.id ?? ''
    const { refunds } = provider
    if (!refunds) throw new Error('the sandbox refunds')
    const { createRefund } = refunds
    refunds.createRefund = async (...input) => {
      const made = await createRefund(...input)
      await provider.advance('PT0S')
      await shop.billing.runJobs()
      await selectRows(shop.billing, `update billhook.refunds set status = 'pending', snapshot_digest = 'older'`)
      if (!isLost) return made
      throw new PaymentProviderError({
        provider: 'sandbox',
        code: 'outcome_unknown',
        detail: 'lost',
        outcome: 'unknown',
      })
    }
    const reason = 'requested_by_customer' as const
    const answer = await shop.billing.refundPayment({ ...inOrganization(), paymentId, reason })
    expect(answer.outcome).toBe(isLost ? 'pending' : 'refunded')
    await lookLater(3)
    const now = await shop.billing.getPayment({ ...inOrganization(), paymentId })
    expect(now).toMatchObject({ amountRefunded: 1000, refunds: [{ status: 'succeeded' }] })
    const open = `select kind from billhook.operations where status in ('pending', 'unknown')`
    expect(await selectRows(shop.billing, open)).toEqual([])
  })

  it('for a checkout page whose answer is lost leads to the one page that was made', async () => {
    provider.troubles.set('createCheckoutSession', 'answer_lost')
    await expect(shop.checkout()).rejects.toMatchObject({ code: 'outcome_unknown', status: 503 })
    provider.troubles.clear()
    await lookLater(3)
    const session = await shop.checkout()
    expect(session).toMatchObject({ status: 'open', url: expect.stringContaining('/sandbox/checkout/') })
    expect(provider.done.get('createCheckoutSession')).toBe(1)
    await shop.pay(session.url, cards.pays)
    await shop.settle()
    expect(await shop.current()).toMatchObject({ status: 'active' })
  })

  it('for a checkout page that never reached its provider stands in nobody’s way once that is known', async () => {
    provider.troubles.set('createCheckoutSession', 'never_arrives')
    await expect(shop.checkout()).rejects.toMatchObject({ code: 'outcome_unknown' })
    provider.troubles.clear()
    await lookLater(3)
    await lookLater(90)
    expect(await shop.checkout()).toMatchObject({ status: 'open' })
  })

  it('for a customer whose answer is lost makes no second customer', async () => {
    provider.troubles.set('createCustomer', 'answer_lost')
    const asking = shop.billing.getOrCreateCustomer(inOrganization())
    const looking = (async () => {
      const unknown = () => selectRows(shop.billing, `select from billhook.operations where status = 'unknown'`)
      await expect.poll(unknown).toHaveLength(1)
      await lookLater(3)
    })()
    expect(await asking).toMatchObject({ organizationId: shop.organizationId })
    await looking
    expect(provider.done.get('createCustomer')).toBe(1)
    expect(await shop.events({ type: 'customer.created' })).toHaveLength(1)
  })
})
