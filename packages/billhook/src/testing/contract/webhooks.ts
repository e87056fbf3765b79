import { describe, expect, it } from 'vitest'
import type { ProviderEvent, ProviderEventKind } from '../../providers/provider-event.ts'
import type { CheckoutSessionData, InvoiceData, SubscriptionData } from '../../providers/snapshots.ts'
import { ContractSteps, type MakeContractHarness, type RawWebhook } from './harness.ts'

const monthMs = 30 * 24 * 60 * 60 * 1000

async function bought(makeHarness: MakeContractHarness) {
  const steps = new ContractSteps(await makeHarness())
  await steps.harness.nextWebhooks()
  const subscription = await steps.subscribe()
  return { steps, subscription }
}

async function firstDelivery(
  makeHarness: MakeContractHarness,
): Promise<{ steps: ContractSteps; delivery: RawWebhook }> {
  const { steps } = await bought(makeHarness)
  const [delivery] = await steps.harness.nextWebhooks()
  if (!delivery) throw new Error('the harness captured no webhook of a purchase')
  return { steps, delivery }
}

export function webhooksContract(makeHarness: MakeContractHarness): void {
  describe('webhooks', () => {
    it('of a purchase tell of the session, the subscription and the paid invoice', async () => {
      const { steps, subscription } = await bought(makeHarness)
      const events = (await steps.nextEvents()).flatMap((event) => steps.provider.handleWebhookEvent(event))
      const kinds = events.map(({ kind }) => kind)
      expect(kinds).toEqual(expect.arrayContaining(['checkout.completed', 'subscription.created', 'invoice.paid']))
      for (const event of events) {
        if (event.kind === 'ignored') expect(event.reason).toBeTruthy()
        else expect(event.refs.externalCustomerId).toBe(subscription.externalCustomerId)
      }
    })

    it('carry snapshots equal to what is read at the provider', async () => {
      const { steps, subscription } = await bought(makeHarness)
      await steps.cancel(subscription.externalSubscriptionId, true)
      const events = (await steps.nextEvents()).flatMap((event) => steps.provider.handleWebhookEvent(event))
      const latest = latestSnapshots(events)
      expect(latest.size).toBeGreaterThanOrEqual(3)
      for (const snapshot of latest.values()) await expectAsRead(steps, snapshot)
    })

    it('of a renewal carry snapshots equal to what is read at the provider', async () => {
      const { steps } = await bought(makeHarness)
      await steps.harness.nextWebhooks()
      await steps.harness.advance('P32D')
      const events = (await steps.nextEvents()).flatMap((event) => steps.provider.handleWebhookEvent(event))
      expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['subscription.updated', 'invoice.paid']))
      for (const snapshot of latestSnapshots(events).values()) await expectAsRead(steps, snapshot)
    })

    it('of a subscription and its invoices share one line', async () => {
      const { steps } = await bought(makeHarness)
      const events = await steps.nextEvents()
      const told = events.filter((event) => /subscription|invoice/.test(kindOf(steps, event) ?? ''))
      expect(new Set(told.map(({ lineKey }) => lineKey)).size).toBe(1)
      expect(new Set(events.map(({ mode }) => mode))).toEqual(new Set([steps.provider.mode]))
    })

    it('delivered twice have the same dedupe key, and no two have one together', async () => {
      const { steps } = await bought(makeHarness)
      const deliveries = await steps.harness.nextWebhooks()
      const read = async () => {
        const events = deliveries.map(({ body, headers }) => construct(steps, { body, headers }))
        return (await Promise.all(events)).flat().map(({ dedupeKey }) => dedupeKey)
      }
      const keys = await read()
      expect(await read()).toEqual(keys)
      expect(new Set(keys).size).toBe(keys.length)
    })

    it('are understood without a side effect: twice the same, the event untouched', async () => {
      const { steps } = await bought(makeHarness)
      for (const event of await steps.nextEvents()) {
        const before = structuredClone(event)
        const first = steps.provider.handleWebhookEvent(Object.freeze(event))
        expect(steps.provider.handleWebhookEvent(event)).toEqual(first)
        expect(event).toEqual(before)
      }
    })

    it('without a signature, with a forged one or with one changed byte are refused', async () => {
      const { steps, delivery } = await firstDelivery(makeHarness)
      const bare = new Headers({ 'content-type': 'application/json' })
      const forged = new Headers(
        [...delivery.headers].map(([name, value]) => [name, /sign?ature|sig$|hmac/i.test(name) ? forge(value) : value]),
      )
      const tampered = new Uint8Array([...delivery.body, 0x20])
      const refused = { code: 'invalid_signature', status: 400 }
      await expect(construct(steps, { body: delivery.body, headers: bare })).rejects.toMatchObject(refused)
      await expect(construct(steps, { body: delivery.body, headers: forged })).rejects.toMatchObject(refused)
      await expect(construct(steps, { body: tampered, headers: delivery.headers })).rejects.toMatchObject(refused)
    })

    it('signed a month ago or a month ahead are refused', async () => {
      const { steps, delivery } = await firstDelivery(makeHarness)
      for (const offsetMs of [monthMs, -monthMs]) {
        const now = new Date(steps.harness.clock.now().getTime() + offsetMs)
        const reading = steps.provider.constructWebhookEvent(delivery.body, delivery.headers, { now })
        await expect(reading).rejects.toMatchObject({ code: 'invalid_signature' })
      }
    })

    it('of a type nobody knows are verified, and ignored with a reason', async ({ skip }) => {
      const steps = new ContractSteps(await makeHarness())
      const signWebhook = steps.harness.faults?.signWebhook
      if (!signWebhook) return skip('this harness cannot sign a webhook of its own')
      const [event] = await construct(steps, await signWebhook('moon.waxing'))
      if (!event) throw new Error('a verified delivery gave no event')
      expect(steps.provider.handleWebhookEvent(event)).toMatchObject([
        { kind: 'ignored', reason: expect.stringMatching(/./) },
      ])
    })
  })
}

function construct(steps: ContractSteps, { body, headers }: RawWebhook) {
  return steps.provider.constructWebhookEvent(body, headers, { now: steps.harness.clock.now() })
}

function kindOf(steps: ContractSteps, event: Parameters<ContractSteps['provider']['handleWebhookEvent']>[0]) {
  return steps.provider.handleWebhookEvent(event)[0]?.kind
}

/** Every letter and digit becomes another one, so the shape stays and nothing fits. */
function forge(signature: string): string {
  return signature.replace(/[0-9a-f]/gi, (character) => (character === '0' ? '1' : '0'))
}

type Snapshot =
  | { of: 'checkout'; data: CheckoutSessionData }
  | { of: 'subscription'; data: SubscriptionData }
  | { of: 'invoice'; data: InvoiceData }

/** The newest complete snapshot of each object; of one instant the last that came. */
function latestSnapshots(events: ProviderEvent[]): Map<string, Snapshot> {
  const latest = new Map<string, { observedAt: Date; snapshot: Snapshot }>()
  for (const event of events) {
    if (event.kind === 'ignored' || event.reread || !event.snapshot) continue
    const snapshot = snapshotOf(event.kind, event.snapshot)
    if (snapshot === null) continue
    const id = idOf(snapshot)
    const known = latest.get(id)
    if (!known || known.observedAt <= event.observedAt) latest.set(id, { observedAt: event.observedAt, snapshot })
  }
  return new Map([...latest].map(([id, { snapshot }]) => [id, snapshot]))
}

function snapshotOf(kind: ProviderEventKind, data: unknown): Snapshot | null {
  if (kind.startsWith('checkout.')) return { of: 'checkout', data: data as CheckoutSessionData }
  if (kind.startsWith('subscription.')) return { of: 'subscription', data: data as SubscriptionData }
  if (kind.startsWith('invoice.')) return { of: 'invoice', data: data as InvoiceData }
  return null
}

function idOf(snapshot: Snapshot): string {
  if (snapshot.of === 'checkout') return snapshot.data.externalSessionId
  return snapshot.of === 'subscription' ? snapshot.data.externalSubscriptionId : snapshot.data.externalInvoiceId
}

async function expectAsRead({ provider }: ContractSteps, { of, data }: Snapshot): Promise<void> {
  if (of === 'checkout') return expect(data).toEqual(await provider.retrieveCheckoutSession(data.externalSessionId))
  if (of === 'subscription')
    return expect(data).toEqual(await provider.retrieveSubscription(data.externalSubscriptionId))
  const read = await provider.retrieveInvoice(data.externalInvoiceId)
  // An event that shows no payments says nothing about them.
  expect(data).toEqual(data.payments === null ? { ...read, payments: null } : read)
}
