import { setTimeout as sleep } from 'node:timers/promises'
import { checksOf } from '../check.ts'
import { demand, demandEqual, demandPresent } from '../expectation.ts'
import { cancelNow, signedTypes } from '../needs.ts'
import type { ContractSteps } from '../steps.ts'
import { demandAsRead, latestSnapshots } from './webhook-snapshots.ts'

/** A purchase whose webhooks have not been read yet; those of its preparation have. */
export async function bought(steps: ContractSteps) {
  const session = await steps.openSession()
  await steps.harness.nextWebhooks()
  const paid = await steps.pay(session)
  return steps.subscription(demandPresent(paid.externalSubscriptionId, 'the subscription of the paid session'))
}

async function kindsOf(steps: ContractSteps): Promise<string[]> {
  return (await steps.nextMeanings()).map(({ kind }) => kind)
}

function demandKinds(kinds: string[], expected: string[], what: string): void {
  for (const kind of expected) {
    demand(kinds.includes(kind), `${what} is not told as ${kind}, only as ${kinds.join(', ') || 'nothing'}`)
  }
}

const dayMs = 24 * 60 * 60 * 1000

async function demandDated(steps: ContractSteps, span: { from: number; until: number }, what: string): Promise<void> {
  const isInside = (at: Date) => span.from <= at.getTime() && at.getTime() <= span.until
  for (const event of await steps.nextEvents()) {
    const { occurredAt, type } = event
    demand(occurredAt === null || isInside(occurredAt), `${type} of ${what} is said to have occurred at ${occurredAt}`)
    for (const meant of steps.provider.handleWebhookEvent(event)) {
      if (meant.kind === 'ignored') continue
      demand(isInside(meant.observedAt), `${meant.kind} of ${what} is said to be observed at ${meant.observedAt}`)
    }
  }
}

/** How it tells of money: by its documents, or by the charges that stand for them. */
const moneyKind = ({ provider }: ContractSteps, kind: 'invoice.paid' | 'invoice.payment_failed'): string =>
  provider.capabilities.invoices === 'provider' ? kind : 'charge.changed'

export const webhookChecks = checksOf('webhooks', {
  'a purchase tells of the session, the subscription and the money that was paid': {
    catches: 'leaves out an event that the purchase needs',
    run: async (steps) => {
      await bought(steps)
      const expected = ['checkout.completed', 'subscription.created', moneyKind(steps, 'invoice.paid')]
      demandKinds(await kindsOf(steps), expected, 'a purchase')
    },
  },
  'every event that means something names the customer it is about': {
    catches: 'leaves the ids out, so the event belongs to nobody',
    run: async (steps) => {
      const { externalCustomerId } = await bought(steps)
      for (const event of await steps.nextMeanings()) {
        if (event.kind === 'ignored') demand(event.reason, 'an event is ignored without a reason')
        else if (!event.reread)
          demandEqual(event.refs.externalCustomerId, externalCustomerId, `the customer of ${event.kind}`)
      }
    },
  },
  'snapshots equal what is read at the provider': {
    catches: 'understands an object of a webhook otherwise than the same object when it is read',
    run: async (steps) => {
      const { externalSubscriptionId } = await bought(steps)
      await steps.cancel(externalSubscriptionId, steps.provider.capabilities.cancel.atPeriodEnd)
      const events = await steps.nextMeanings()
      const told = new Set(events.filter(({ kind }) => kind !== 'ignored').map(({ kind }) => kind.split('.')[0]))
      demand(told.size >= 3, `only ${told.size} kinds of objects were told of by a purchase and its cancellation`)
      for (const snapshot of latestSnapshots(events)) await demandAsRead(steps, snapshot)
    },
  },
  'a renewal is told, with snapshots as they are read': {
    catches: 'misses that a subscription renewed, or tells the old period',
    run: async (steps) => {
      await bought(steps)
      await steps.harness.nextWebhooks()
      await steps.harness.advance('P32D')
      const events = await steps.nextMeanings()
      demandKinds(
        events.map(({ kind }) => kind),
        ['subscription.updated', moneyKind(steps, 'invoice.paid')],
        'a renewal',
      )
      for (const snapshot of latestSnapshots(events)) await demandAsRead(steps, snapshot)
    },
  },
  'a payment that failed at renewal is told': {
    catches: 'subscribes to successes only, so nobody learns of a dead card',
    run: async (steps) => {
      await steps.subscribe({ card: 'fails_later' })
      await steps.harness.nextWebhooks()
      await steps.harness.advance('P32D')
      const expected = [moneyKind(steps, 'invoice.payment_failed'), 'subscription.updated']
      demandKinds(await kindsOf(steps), expected, 'a failed renewal')
    },
  },
  'an end is told as an end': {
    catches: 'takes the end of a subscription for one more update, or an announcement of it for the end',
    needs: [cancelNow],
    run: async (steps) => {
      const { externalSubscriptionId } = await bought(steps)
      await steps.harness.nextWebhooks()
      await steps.cancel(externalSubscriptionId, false)
      demandKinds(await kindsOf(steps), ['subscription.deleted'], 'the end of a subscription')
    },
  },
  'an event is of the time when it happened, and so is what it means': {
    catches:
      'dates events by its own clock or not at all, so an older one overwrites a newer one or a newer one is dropped',
    run: async (steps) => {
      const { startedAt } = await bought(steps)
      const boughtAt = demandPresent(startedAt, 'the start of a subscription').getTime()
      await demandDated(steps, { from: boughtAt - dayMs, until: boughtAt + dayMs }, 'a purchase')
      await steps.harness.advance('P32D')
      await demandDated(steps, { from: boughtAt + 27 * dayMs, until: boughtAt + 33 * dayMs }, 'a renewal')
    },
  },
  'a subscription’s events and its invoices’ share one line': {
    catches: 'gives each event a line of its own, so a payment is applied before what it pays for',
    run: async (steps) => {
      await bought(steps)
      const told = (await steps.nextEvents()).filter((event) =>
        steps.provider.handleWebhookEvent(event).some(({ kind }) => /^(subscription|invoice|charge)\./.test(kind)),
      )
      demand(told.length >= 2, 'a purchase told of no subscription and no invoice')
      demandEqual(new Set(told.map(({ lineKey }) => lineKey)).size, 1, 'lines of one subscription and its invoices')
      demand(told[0]?.lineKey, 'the line key is empty')
    },
  },
  'two customers have two lines': {
    catches: 'puts everything on one line, so one poison event stops everybody',
    run: async (steps) => {
      const lines = new Set<string>()
      for (let customers = 0; customers < 2; customers += 1) {
        await bought(steps)
        const verified = await steps.nextEvents()
        lines.add(demandPresent(verified.at(-1)?.lineKey, 'a line key'))
      }
      demandEqual(lines.size, 2, 'lines of two customers')
    },
  },
  'a webhook delivered twice has the same dedupe key both times': {
    catches: 'makes the key up at each delivery, so everything is applied twice',
    run: async (steps) => {
      await bought(steps)
      for (const delivery of await steps.harness.nextWebhooks()) {
        const first = await steps.construct(delivery)
        demandEqual(await steps.construct(delivery), first, 'the same delivery, read again')
      }
    },
  },
  'no two webhooks share a dedupe key': {
    catches: 'uses the object’s id as the key, so all but its first event are taken for repeats',
    run: async (steps) => {
      await bought(steps)
      const keys = (await steps.nextEvents()).map(({ dedupeKey }) => dedupeKey)
      demand(keys.length > 0, 'a purchase told nothing')
      for (const key of keys) demand(key, 'a dedupe key is empty')
      demandEqual(new Set(keys).size, keys.length, 'different keys')
    },
  },
  'webhooks are understood alike in any order': {
    catches: 'remembers what came before, so the order of arrival decides',
    run: async (steps) => {
      await bought(steps)
      await steps.harness.advance('P32D')
      const deliveries = await steps.harness.nextWebhooks()
      const read = async (order: typeof deliveries) => {
        const meanings = new Map<string, unknown>()
        for (const delivery of order) {
          for (const event of await steps.construct(delivery)) {
            meanings.set(event.dedupeKey, steps.provider.handleWebhookEvent(event))
          }
        }
        return [...meanings].sort(([a], [b]) => a.localeCompare(b))
      }
      const inOrder = await read(deliveries)
      demandEqual(await read(deliveries.toReversed()), inOrder, 'what they mean backwards, against what they meant')
    },
  },
  'the meaning of an event depends on nothing but the event: not on the clock': {
    catches: 'stamps its own time on what it understood, so an old event looks new',
    run: async (steps) => {
      await bought(steps)
      const verified = await steps.nextEvents()
      const before = verified.map((event) => steps.provider.handleWebhookEvent(event))
      await sleep(5)
      const after = verified.map((event) => steps.provider.handleWebhookEvent(event))
      demandEqual(after, before, 'the same events, understood a moment later')
    },
  },
  'understanding an event leaves it untouched': {
    catches: 'changes the stored event while reading it, so a replay reads another',
    run: async (steps) => {
      await bought(steps)
      for (const event of await steps.nextEvents()) {
        const before = structuredClone(event)
        steps.provider.handleWebhookEvent(event)
        demandEqual(event, before, 'the event after it was understood')
      }
    },
  },
  'a type nobody knows is accepted and ignored with a reason': {
    catches: 'throws at an event type it does not know, until the provider gives the endpoint up',
    needs: [signedTypes],
    run: async (steps) => {
      const delivery = demandPresent(await steps.harness.faults?.signWebhook?.('moon.waxing'), 'a signed webhook')
      const [event] = await steps.construct(delivery)
      const meaning = steps.provider.handleWebhookEvent(demandPresent(event, 'the verified event'))
      demandEqual(
        meaning.map(({ kind }) => kind),
        ['ignored'],
        'what an unknown type means',
      )
      for (const told of meaning) if (told.kind === 'ignored') demand(told.reason, 'it is ignored without a reason')
    },
  },
})
