import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BillhookError } from '../src/primitives/index.ts'
import { signatureHeaders } from '../src/providers/sandbox/verify-webhook.ts'
import { atProvider } from './support/at-provider.ts'
import { openShop, type Shop, selectRows } from './support/sandbox-shop.ts'
import { type Trouble, type TroubledSandbox, troubledSandbox } from './support/troubled-sandbox.ts'

/** What may happen between an order and the end, in any order and any number. */
const steps = [
  'cancel',
  'cancel',
  'reactivate',
  'cancel now',
  'a day',
  'ten days',
  'a month',
  'work',
  'work',
  'look-ups',
  'one delivery',
  'all deliveries',
  'paused there',
  'resumed there',
  'ended there',
  'an answer is lost',
  'a call is lost',
  'a refusal',
] as const
type Step = (typeof steps)[number]

interface Scene {
  shop: Shop
  provider: TroubledSandbox
  externalId: string
  target: { organizationId: string; subscriptionId: string }
  /** Picks among what waits. */
  pick: (count: number) => number
}

const key = Buffer.from('a secret of this test, long enough')

const waits: Partial<Record<Step, string>> = { 'a day': 'P1D', 'ten days': 'P10D', 'a month': 'P1M' }
const troubles: Partial<Record<Step, Trouble>> = {
  'an answer is lost': 'answer_lost',
  'a call is lost': 'never_arrives',
  'a refusal': 'refused',
}
const calls = ['pauseSubscription', 'resumeSubscription', 'cancelSubscription'] as const

async function open(pick: Scene['pick']): Promise<Scene> {
  const { make, provider } = troubledSandbox({
    without: ['scheduled_ends'],
    webhookSecret: `whsec_${key.toString('base64')}`,
  })
  const shop = await openShop({ providers: { sandbox: make }, capture: true })
  await shop.pay((await shop.checkout()).url)
  await shop.settle()
  const scene = { shop, provider: provider(), pick }
  await deliver(scene, 'all')
  await shop.billing.runJobs()
  const { id: subscriptionId, externalSubscriptionId } = await shop.current()
  const { organizationId } = shop
  return { ...scene, externalId: externalSubscriptionId ?? '', target: { organizationId, subscriptionId } }
}

async function deliver({ shop, pick }: Pick<Scene, 'shop' | 'pick'>, how: 'one' | 'all'): Promise<void> {
  do {
    const [delivery] = shop.deliveries.splice(pick(shop.deliveries.length), 1)
    if (!delivery) return
    const { rawBody } = delivery
    const id = delivery.headers.get('webhook-id') ?? ''
    // As late as it comes, it is sent again, and signed again.
    const headers = new Headers(signatureHeaders([key], id, rawBody, shop.billing.clock.now()))
    await shop.billing.receiveWebhook({ provider: 'sandbox', rawBody, headers })
  } while (how === 'all')
}

async function take(scene: Scene, step: Step): Promise<void> {
  const { shop, provider, externalId, target } = scene
  const there = atProvider(provider)
  const wait = waits[step]
  if (wait) await provider.advance(wait)
  const trouble = troubles[step]
  if (trouble) for (const call of calls) provider.troubles.set(call, trouble)
  else if (step === 'cancel') await shop.billing.cancelSubscription({ ...target, atPeriodEnd: true })
  else if (step === 'cancel now') await shop.billing.cancelSubscription({ ...target, atPeriodEnd: false })
  else if (step === 'reactivate') await shop.billing.reactivateSubscription(target)
  else if (step === 'work') await shop.billing.runJobs()
  else if (step === 'look-ups') shop.billing.clock.advanceMs(700_000)
  else if (step === 'one delivery') await deliver(scene, 'one')
  else if (step === 'all deliveries') await deliver(scene, 'all')
  else if (step === 'paused there') await there.pause(externalId)
  else if (step === 'resumed there') await there.resume(externalId)
  else if (step === 'ended there') await there.cancel(externalId, false)
  // A bad line is bad for one step.
  if (!trouble) provider.troubles.clear()
}

/** A refusal is an answer, too. */
async function orRefused(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof BillhookError)) throw error
  }
}

const chargesOf = async ({ provider, externalId }: Scene): Promise<number> =>
  (await provider.listInvoices({ externalSubscriptionId: externalId })).data
    .flatMap(({ payments }) => payments ?? [])
    .filter(({ status }) => status === 'succeeded').length

/** We have asked it to go on, and do not know yet whether it does. */
const isReleasing = async ({ shop }: Scene): Promise<boolean> => {
  const asked = `select 1 from billhook.operations where kind = 'resume_subscription' and status in ('pending', 'unknown')`
  return (await selectRows(shop.billing, asked)).length > 0
}

async function expectSettled(scene: Scene): Promise<void> {
  const { shop, provider, externalId } = scene
  provider.troubles.clear()
  for (let round = 0; round < 4; round += 1) {
    await deliver(scene, 'all')
    shop.billing.clock.advanceMs(700_000)
    await shop.billing.runJobs()
  }
  const there = await provider.retrieveSubscription(externalId)
  const here = await shop.current()
  const held = await selectRows<{ hold_status: string | null }>(
    shop.billing,
    'select hold_status from billhook.bindings',
  )
  const status = held[0]?.hold_status ?? there.status
  expect(here.status).toBe(status)
  expect(here.cancelAt !== null).toBe(held[0]?.hold_status !== null)
  expect(
    await selectRows(shop.billing, `select kind from billhook.operations where status in ('pending', 'unknown')`),
  ).toEqual([])
  expect(
    await selectRows(
      shop.billing,
      `select type from billhook.webhook_events where status not in ('processed', 'ignored')`,
    ),
  ).toEqual([])
}

/** Told in turns: an end is scheduled, taken back, scheduled again; and it comes once. */
async function expectToldInTurns({ shop, target }: Scene, isPausedThere: boolean): Promise<void> {
  const told = (await shop.events({ objectId: target.subscriptionId })).map(({ type }) => type)
  const ends = told.filter((type) => /cancel_(un)?scheduled$/.test(type))
  ends.forEach((type, n) => {
    expect(type).toBe(n % 2 === 0 ? 'subscription.cancel_scheduled' : 'subscription.cancel_unscheduled')
  })
  expect(told.filter((type) => type === 'subscription.canceled').length).toBeLessThanOrEqual(1)
  if (!isPausedThere) expect(told.filter((type) => /paused|resumed/.test(type))).toEqual([])
}

describe('an end that is kept for its provider, whatever happens in between,', () => {
  it('is followed by no charge, unless somebody lets it go on at the provider', async () => {
    const history = fc.array(fc.constantFrom(...steps), { minLength: 4, maxLength: 16 })
    await fc.assert(
      fc.asyncProperty(history, fc.infiniteStream(fc.nat()), async (taken, random) => {
        const scene = await open((count) => (count === 0 ? 0 : Number(random.next().value) % count))
        try {
          for (const step of taken) {
            const { cancelAt } = await scene.shop.current()
            const isStopped = (await scene.provider.retrieveSubscription(scene.externalId)).status !== 'active'
            const mayRun = taken.includes('resumed there') || (await isReleasing(scene))
            if (cancelAt !== null && !mayRun) expect(isStopped).toBe(true)
            const before = await chargesOf(scene)
            await orRefused(take(scene, step))
            // Shown as ending, and not resumed behind our back: no step may take money.
            if (cancelAt !== null && isStopped) expect(await chargesOf(scene)).toBe(before)
          }
          await expectSettled(scene)
          const { cancelAt } = await scene.shop.current()
          const before = await chargesOf(scene)
          await scene.provider.advance('P3M')
          await expectSettled(scene)
          if (cancelAt !== null) {
            expect(await scene.shop.current()).toMatchObject({ status: 'canceled' })
            expect(await chargesOf(scene)).toBe(before)
          }
          await expectToldInTurns(scene, taken.includes('paused there'))
        } finally {
          await scene.shop.close()
        }
      }),
      { seed: 20260228, numRuns: 16, endOnFailure: true },
    )
  })
})
