import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedClock } from '../../primitives/index.ts'
import type { ChargeData } from '../snapshots.ts'
import { type EmulatedAccount, emulatedStart, startEmulatedAccount } from './testing/emulated-account.ts'

let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount({ clock: fixedClock(emulatedStart) })
})
afterEach(() => account.emulator.stop())

async function pagesOf(externalSubscriptionId: string): Promise<ChargeData[][]> {
  const pages: ChargeData[][] = []
  let cursor: string | null = null
  do {
    const page = await account.provider.charges.listCharges({ externalSubscriptionId, cursor })
    pages.push(page.data)
    cursor = page.nextCursor
  } while (cursor)
  return pages
}

/** What the webhooks since the last call say of charges. */
async function toldCharges(): Promise<ChargeData[]> {
  const charges: ChargeData[] = []
  for (const { body, headers } of account.emulator.signed()) {
    const at = { now: new Date(emulatedStart) }
    const events = await account.provider.constructWebhookEvent(
      new TextEncoder().encode(body),
      new Headers(headers),
      at,
    )
    for (const event of events.flatMap((verified) => account.provider.handleWebhookEvent(verified)))
      if (event.kind === 'charge.changed' && event.snapshot) charges.push(event.snapshot)
  }
  return charges
}

describe('the charges of a subscription', () => {
  it('come in stretches of time, oldest first, each once, however many lie in one', async () => {
    const price = await account.publish(100, { interval: 'day' })
    const id = await account.subscribe({ price })
    account.emulator.clock.advance('P400D')
    const pages = await pagesOf(id)
    expect(pages.length).toBeGreaterThan(2)
    const times = pages.flat().map(({ attemptedAt }) => attemptedAt.getTime())
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(new Set(pages.flat().map(({ externalPaymentId }) => externalPaymentId)).size).toBe(401)
  })

  it('are the same in webhooks and in the list, failed ones by name too', async () => {
    const id = await account.subscribe({ funding: 'fails_later' })
    account.emulator.clock.advance('P45D')
    const named = (charges: ChargeData[]) =>
      charges.map(({ externalPaymentId, status, amount }) => [externalPaymentId, status, amount])
    const told = named(await toldCharges())
    expect(told.map(([, status]) => status)).toEqual(['succeeded', 'failed', 'failed', 'failed'])
    expect(named((await pagesOf(id)).flat())).toEqual(told)
  })

  it('have the newest failure and when it is tried again, also while the list lags behind', async () => {
    const id = await account.subscribe({ funding: 'fails_later' })
    account.emulator.clock.advance('P32D')
    account.emulator.faults.transactionsLag(10 * 86_400_000)
    const charges = (await pagesOf(id)).flat()
    expect(charges.map(({ status }) => status)).toEqual(['succeeded', 'failed'])
    expect(charges[1]?.nextAttemptAt).toBeInstanceOf(Date)
    expect(charges[1]?.declineCode).toBe('PAYER_CANNOT_PAY')
  })

  it('know what of them was given back, in parts and whole', async () => {
    const id = await account.subscribe()
    const [sale] = (await pagesOf(id)).flat()
    const refund = async (amount: number) => {
      const input = {
        ...{ externalPaymentId: sale?.externalPaymentId ?? '', amount, currency: 'EUR', reference: {} },
        reason: 'requested_by_customer' as const,
      }
      await account.provider.refunds.createRefund(input, account.operation('create_refund', input))
      return (await pagesOf(id)).flat()[0]?.amountRefunded
    }
    expect([await refund(900), await refund(1000), await refund(3000)]).toEqual([900, 1900, 4900])
  })

  it('that pay a debt with the next cycle pay both bills', async () => {
    const id = await account.subscribe({ funding: 'fails_later' })
    account.emulator.clock.advance('P45D')
    account.emulator.changeFunding(id, 'pays')
    account.emulator.clock.advance('P20D')
    const { data } = await account.provider.listInvoices({ externalSubscriptionId: id })
    expect(data.map(({ status, total, amountPaid }) => [status, total, amountPaid])).toEqual([
      ['paid', 4900, 4900],
      ['paid', 4900, 4900],
      ['paid', 4900, 4900],
    ])
  })

  it('have a bill of nothing before them where there is a trial', async () => {
    const id = await account.subscribe({ trialDays: 14 })
    expect(await account.provider.retrieveSubscription(id)).toMatchObject({ status: 'trialing' })
    account.emulator.clock.advance('P15D')
    const { data } = await account.provider.listInvoices({ externalSubscriptionId: id })
    expect(data.map(({ status, total }) => [status, total])).toEqual([
      ['paid', 0],
      ['paid', 4900],
    ])
  })
})

it('a cursor that is none is refused', async () => {
  const externalSubscriptionId = await account.subscribe()
  const listing = account.provider.charges.listCharges({ externalSubscriptionId, cursor: 'nowhere' })
  await expect(listing).rejects.toMatchObject({ code: 'provider_rejected' })
})
