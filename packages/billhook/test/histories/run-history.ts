import { sql } from 'drizzle-orm'
import { type Database, rowsOf } from '../../src/db/index.ts'
import { hasCharges } from '../../src/domain/sync/read-charges.ts'
import { addBuyers, mapPrices, publishPrices } from './catalog.ts'
import { Chronicle } from './chronicle.ts'
import { requireBilled } from './collected.ts'
import { Crew } from './crew.ts'
import { derivedState, endedByOrder } from './derived.ts'
import type { History, Order } from './history.ts'
import { LawBroken, requireSame } from './law-broken.ts'
import { portraitAtProvider, portraitHere } from './portrait.ts'
import { Seller } from './seller.ts'
import type { Theatre } from './theatre.ts'
import { requireSameStory, requireSound, toldIn } from './told-facts.ts'
import { Weather } from './weather.ts'
import type { Message, World } from './world.ts'

/** What one history came to. */
export interface Tally {
  messages: number
  crashes: number
  /** BillingEvents, and how many of them a listener heard a second time. */
  told: number
  repeats: number
}

const startsAt = new Date('2026-01-31T10:00:00Z')

/** Lives a history at a new account, tells it to two services, one in a storm and one in calm, and holds them to the laws. */
export async function runHistory(theatre: Theatre, history: History): Promise<Tally> {
  const tag = theatre.nextTag()
  const world = await theatre.openWorld({ tag, startsAt })
  try {
    return await new Performance(theatre, world, history, tag).run()
  } finally {
    await theatre.clear()
    await world.close()
  }
}

const restoringAtMost = 12

class Performance {
  readonly #theatre: Theatre
  readonly #world: World
  readonly #history: History
  readonly #tag: string
  readonly #weather: Weather
  readonly #storm: Crew
  readonly #calm: Crew
  readonly #chronicle: Chronicle
  readonly #buyers: Array<{ organizationId: string; externalCustomerId: string }> = []
  /** What the provider had to say, and nobody has been sent yet. */
  readonly #untold: Message[] = []
  #messages = 0

  constructor(theatre: Theatre, world: World, history: History, tag: string) {
    this.#theatre = theatre
    this.#world = world
    this.#history = history
    this.#tag = tag
    this.#weather = new Weather(history.storm)
    this.#storm = new Crew(world, theatre.stormySlots.slice(0, history.storm.processes))
    this.#calm = new Crew(world, theatre.calmSlots)
    this.#chronicle = new Chronicle(world.seller)
  }

  async run(): Promise<Tally> {
    const seller = await this.#prepare()
    const { steps } = this.#history
    for (const [n, { gap, ...deed }] of steps.entries()) {
      if (gap) await this.#world.advance(gap)
      if (deed.does === 'order') await this.#order(seller.find(deed.which), deed.what)
      else await seller.do(deed)
      await this.#round(n)
    }
    await this.#comeToRest({ mayMissPayments: this.#history.storm.lost > 0 })
    await this.#plan(steps.length, Number.POSITIVE_INFINITY)
    // A run whose process died is another's once its lease has run out.
    const target = { provider: this.#world.provider, wait: () => this.#world.advance('PT2M') }
    for (const { organizationId } of this.#buyers)
      await this.#storm.insist(({ service }) => service.reconcile({ ...target, organizationId }))
    await this.#comeToRest()
    return this.#judge()
  }

  async #order(externalSubscriptionId: string | undefined, order: Order): Promise<void> {
    const [subscription] = await rowsOf<{ organizationId: string; subscriptionId: string }>(
      this.#theatre.stormy.drizzle.execute(sql`select organization_id as "organizationId", subscription_id as "subscriptionId"
        from billhook.bindings where external_subscription_id = ${externalSubscriptionId ?? ''} and role = 'billing'`),
    )
    if (subscription) await this.#storm.obey(subscription, order)
  }

  async #prepare(): Promise<Seller> {
    const { seller, provider } = this.#world
    const prices = await publishPrices(this.#world, this.#tag)
    for (const owner of [0, 1]) {
      const organizationId = this.#theatre.nextOrganizationId()
      const about = { email: 'acme@a.test', name: 'Acme', country: 'DE', currency: 'EUR' }
      const input = { organizationId, ...about }
      const id = `bhop_${this.#tag}_customer_${owner}`
      const operation = { id, kind: 'create_customer' as const, idempotencyKey: id, input, startedAt: startsAt }
      const { externalCustomerId } = await seller.createCustomer(input, operation)
      this.#buyers.push({ organizationId, externalCustomerId })
    }
    for (const database of [this.#theatre.stormy, this.#theatre.calm]) {
      await mapPrices(database, provider, prices)
      await addBuyers(database, this.#world, this.#buyers)
    }
    this.#world.told()
    return new Seller(this.#world, { tag: this.#tag, prices, buyers: this.#buyers })
  }

  /** What there is to tell reaches the calm service at once, and the other one as the weather lets it. */
  async #round(n: number, { isLast = false } = {}): Promise<void> {
    await this.#listen()
    const messages = this.#untold.splice(0)
    this.#messages += messages.length
    await this.#chronicle.write(messages, this.#world.clock.now())
    for (const message of messages) await this.#calm.receive([message])
    if (messages.length > 0 || isLast) await this.#calm.work(isLast ? 'all' : 'inbox')
    this.#weather.take(messages, { isLast })
    await this.#plan(n, n + 1)
    const arrivals = this.#weather.arrivals({ isLast })
    this.#weather.giveBack(await this.#storm.receive(arrivals))
    if (arrivals.length > 0 || isLast) await this.#storm.work(isLast ? 'all' : 'usual')
  }

  async #listen(): Promise<void> {
    await this.#world.advance('PT0S')
    this.#untold.push(...this.#world.told())
  }

  async #plan(from: number, to: number): Promise<void> {
    const processes = await this.#storm.present()
    for (const { round, process, ...crash } of this.#history.storm.crashes)
      if (round >= from && round < to) processes[process % processes.length]?.fate.plan(crash)
  }

  /**
   * Everything arrives, leases and waits run out, and whatever the provider tells meanwhile is told. `mayMissPayments`: a dispute names only
   * its payment, and where all that told of that was lost, waits for the comparison.
   */
  async #comeToRest({ mayMissPayments = false } = {}): Promise<void> {
    for (let round = 0; round < restoringAtMost; round++) {
      await this.#round(-1, { isLast: true })
      // What a service has just done at the provider is still to be told, to the other one, too.
      await this.#listen()
      const isSilent = this.#untold.length === 0 && this.#weather.isOver
      if (isSilent && (await this.#open({ mayMissPayments })).length === 0) return
      await this.#world.advance(round < 4 ? 'PT2M' : 'PT2H')
    }
    throw new LawBroken('whatever is under way comes to an end', await this.#open({ mayMissPayments }))
  }

  /** What is still to be done, in both services. Nothing is lost on the way to the calm one. */
  async #open({ mayMissPayments = false } = {}): Promise<object[]> {
    const open = async (database: Database, excused: string) =>
      rowsOf<object>(
        database.drizzle.execute(sql`select type, status, reason, line_key, due_at from billhook.webhook_events e
            where status in ('received', 'failed') and not exists (select 1 from billhook.webhook_events head
              where head.line_key = e.line_key and head.status = 'failed' and head.reason like ${excused})
          union all select kind, status, error_detail, id, due_at from billhook.operations where status in ('pending', 'unknown')
          union all select receiver, status, last_error, id, due_at from billhook.deliveries where status = 'pending' and endpoint_id is null
          union all select 'payments of', status, null, external_invoice_id, payments_due_at from billhook.invoices
            where payments_due_at is not null`),
      )
    const { stormy, calm } = this.#theatre
    return [...(await open(stormy, mayMissPayments ? 'payment_unknown: %' : '')), ...(await open(calm, ''))]
  }

  async #judge(): Promise<Tally> {
    const { stormy, calm } = this.#theatre
    const organizationIds = this.#buyers.map(({ organizationId }) => organizationId)
    const customers = this.#buyers.map(({ externalCustomerId }) => externalCustomerId)
    const theirs = await portraitAtProvider(this.#world.seller, customers)
    for (const [name, database] of Object.entries({ calm, stormy })) {
      const ours = await portraitHere(database, organizationIds)
      requireSame(`${name}: subscriptions are the provider's`, ours.subscriptions, theirs.subscriptions)
      if (!hasCharges(this.#world.seller))
        requireSame(`${name}: invoices are the provider's`, ours.invoices, theirs.invoices)
    }
    const isLossless = this.#history.storm.lost === 0
    if (hasCharges(this.#world.seller))
      await requireBilled(this.#theatre, this.#world.seller, { organizationIds, customers, isLossless })
    const tellsEnds = this.#world.seller.capabilities.cancel.atPeriodEnd
    const { isThin } = this.#chronicle
    const { seller } = this.#world
    const showsRefunds = isLossless || seller.account?.listRefunds !== undefined
    const options = { isLossless, isThin, showsRefunds, endedByOrder: tellsEnds ? [] : await endedByOrder(stormy) }
    requireSame(
      'what follows is what follows without faults',
      await derivedState(stormy, organizationIds, options),
      await derivedState(calm, organizationIds, options),
    )
    const told = await toldIn(stormy, organizationIds)
    const toldInCalm = await toldIn(calm, organizationIds)
    for (const events of [told, toldInCalm]) requireSound(events)
    const unheard = showsRefunds ? [] : ['payment.refunded']
    requireSameStory(told, { calm: toldInCalm, chronicle: this.#chronicle, unheard })
    await this.#requireKept()
    await this.#requireInboxDone()
    return { messages: this.#messages, crashes: this.#storm.deaths, told: told.length, repeats: this.#repeats(told) }
  }

  /** Nothing acknowledged is lost. */
  async #requireKept(): Promise<void> {
    const rows = await rowsOf<{ key: string }>(
      this.#theatre.stormy.drizzle.execute(sql`select dedupe_key as key from billhook.webhook_events`),
    )
    const kept = new Set(rows.map(({ key }) => key))
    const now = this.#world.clock.now()
    for (const message of this.#storm.acknowledged) {
      const { rawBody, headers } = message.send(now)
      const events = await this.#world.seller.constructWebhookEvent(rawBody, headers, { now })
      const lost = events.filter(({ dedupeKey }) => !kept.has(dedupeKey))
      if (lost.length > 0) throw new LawBroken('what was acknowledged is kept', lost)
    }
  }

  /** Every event was ours, and was applied; nobody has to look at anything but disputes, and ends that somebody took back at the provider. */
  async #requireInboxDone(): Promise<void> {
    const question = sql`select kind, subject, detail from billhook.alerts where kind not in ('payment_disputed', 'dispute_lost', 'scheduled_end_taken_back')
      union all select type, line_key, reason from billhook.webhook_events where status = 'dead' or reason like 'not ours%'`
    const stuck: object[] = []
    for (const database of [this.#theatre.stormy, this.#theatre.calm])
      stuck.push(...(await rowsOf<object>(database.drizzle.execute(question))))
    if (stuck.length > 0) throw new LawBroken('nobody has to look at anything', stuck)
  }

  /** Every event was heard; once more only where a process died between handing it over and writing that down, which it does once. */
  #repeats(told: ReadonlyArray<{ id: string }>): number {
    const hearings = Map.groupBy(this.#storm.heard, ({ billingEventId }) => billingEventId)
    const unheard = told.filter(({ id }) => !hearings.has(id))
    if (unheard.length > 0) throw new LawBroken('the listener hears of every event', unheard)
    const inVain = [...hearings.values()].flatMap((ofOne) => ofOne.slice(0, -1))
    const alive = inVain.filter(({ fate }) => !fate.isDead)
    if (alive.length > 0) throw new LawBroken('only a crash makes a repeat', alive)
    if (new Set(inVain.map(({ fate }) => fate)).size < inVain.length)
      throw new LawBroken('a crash makes one repeat at most', inVain)
    return inVain.length
  }
}
