import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PauseKind } from '../capabilities.ts'
import { type EmulatedAccount, startEmulatedAccount } from './testing/emulated-account.ts'

let account: EmulatedAccount
let id: string
beforeEach(async () => {
  account = await startEmulatedAccount()
  id = await account.subscribe()
})
afterEach(() => account.emulator.stop())

function pause(kind: PauseKind, resumesAt?: string) {
  const input = { externalSubscriptionId: id, kind, ...(resumesAt && { resumesAt }) }
  return account.provider.pause?.pauseSubscription(input, account.operation('pause_subscription', input))
}
function resume(kind: PauseKind) {
  const input = { externalSubscriptionId: id, kind }
  return account.provider.pause?.resumeSubscription(input, account.operation('resume_subscription', input))
}
const read = () => account.provider.retrieveSubscription(id)
const invoices = async () => (await account.provider.listInvoices({ externalSubscriptionId: id })).data
const writes = () => account.emulator.requests.filter(({ method }) => method === 'POST').length
async function replaceCard(card: string) {
  account.emulator.replaceCard((await read()).externalCustomerId, card)
}

describe('a pause of collection', () => {
  it('leaves the product running while its invoices wait as drafts, which nobody is charged for when it ends', async () => {
    expect(await pause('collection')).toMatchObject({
      outcome: 'applied',
      subscription: { status: 'active', pause: { kind: 'collection', resumesAt: null } },
    })
    account.emulator.clock.advance('P1M')
    expect(await read()).toMatchObject({ status: 'active', currentPeriodEnd: new Date('2026-05-01T00:00:00Z') })
    expect((await invoices())[0]).toMatchObject({ status: 'draft', amountPaid: 0 })
    expect(await resume('collection')).toMatchObject({ outcome: 'applied', subscription: { pause: null } })
    account.emulator.clock.advance('P1M')
    expect((await invoices()).map(({ status }) => status)).toEqual(['paid', 'draft', 'paid'])
  })

  it('ends by itself on its day', async () => {
    expect(await pause('collection', '2026-03-20T00:00:00Z')).toMatchObject({
      subscription: { pause: { resumesAt: new Date('2026-03-20T00:00:00Z') } },
    })
    account.emulator.clock.advance('P20D')
    expect(await read()).toMatchObject({ pause: null })
  })

  it('asked for again changes nothing, with another day it moves', async () => {
    await pause('collection', '2026-03-20T00:00:00Z')
    const before = writes()
    expect(await pause('collection', '2026-03-20T00:00:00Z')).toMatchObject({ outcome: 'applied' })
    expect(writes()).toBe(before)
    expect(await pause('collection', '2026-03-25T00:00:00Z')).toMatchObject({
      subscription: { pause: { resumesAt: new Date('2026-03-25T00:00:00Z') } },
    })
  })
})

describe('a pause of the service', () => {
  it('bills nothing and starts no period, and credits the unused days to the first bill after it', async () => {
    account.emulator.clock.advance('P15D')
    expect(await pause('service')).toMatchObject({
      outcome: 'applied',
      subscription: { status: 'paused', pause: { kind: 'service', from: new Date('2026-03-16T00:00:00Z') } },
    })
    expect(await pause('service')).toMatchObject({ outcome: 'applied' })
    account.emulator.clock.advance('P3M')
    expect(await invoices()).toHaveLength(1)
    expect(await read()).toMatchObject({ status: 'paused', currentPeriodEnd: new Date('2026-04-01T00:00:00Z') })
    expect(await resume('service')).toMatchObject({
      outcome: 'applied',
      subscription: { status: 'active', pause: null, currentPeriodStart: new Date('2026-06-16T00:00:00Z') },
    })
    const [bill] = await invoices()
    expect(bill).toMatchObject({ status: 'paid', total: 4900 - Math.round((4900 * 16) / 31) })
  })

  it('goes on only when the money has come, and says where to pay it', async () => {
    account.emulator.clock.advance('P15D')
    await pause('service')
    account.emulator.clock.advance('P2M')
    await replaceCard('4000000000000002')
    const pending = {
      outcome: 'pending_payment',
      paymentUrl: expect.stringContaining('http'),
      subscription: { status: 'paused' },
    }
    expect(await resume('service')).toMatchObject(pending)
    const before = writes()
    expect(await resume('service')).toMatchObject(pending)
    expect(writes()).toBe(before)
    const [open] = await invoices()
    account.emulator.payInvoice(open?.externalInvoiceId ?? '', { card: '4242424242424242' })
    expect(await read()).toMatchObject({ status: 'active', pause: null })
  })

  it('stays when nobody pays for a day, and keeps its credit for the next try', async () => {
    account.emulator.clock.advance('P15D')
    await pause('service')
    await replaceCard('4000000000000002')
    await resume('service')
    account.emulator.clock.advance('P1D')
    expect(await read()).toMatchObject({ status: 'paused' })
    expect((await invoices())[0]).toMatchObject({ status: 'void' })
    await replaceCard('4242424242424242')
    expect(await resume('service')).toMatchObject({ outcome: 'applied' })
    expect((await invoices())[0]?.lines.map(({ proration }) => proration)).toEqual([true, false])
  })

  it('has no date to end by', async () => {
    const before = writes()
    await expect(pause('service', '2026-05-01T00:00:00Z')).rejects.toMatchObject({ code: 'unsupported' })
    expect(writes()).toBe(before)
  })
})

describe('both', () => {
  it.each(['collection', 'service'] as const)(
    'resuming what runs is a success that changes nothing: %s',
    async (kind) => {
      const before = writes()
      expect(await resume(kind)).toMatchObject({ outcome: 'applied', subscription: { status: 'active' } })
      expect(writes()).toBe(before)
    },
  )

  it.each(['collection', 'service'] as const)('refuse what has ended: %s', async (kind) => {
    const input = { externalSubscriptionId: id, atPeriodEnd: false }
    await account.provider.cancelSubscription(input, account.operation('cancel_subscription', input))
    await expect(pause(kind)).rejects.toMatchObject({ code: 'subscription_ended' })
    await expect(resume(kind)).rejects.toMatchObject({ code: 'subscription_ended' })
  })
})
