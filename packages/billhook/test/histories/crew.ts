import type { BillingService } from '../../src/billing.ts'
import { cancelDuplicates } from '../../src/jobs/cancel-duplicates.ts'
import { deliverEvents } from '../../src/jobs/deliver-events.ts'
import { endHeld } from '../../src/jobs/end-held-subscriptions.ts'
import type { Job } from '../../src/jobs/job.ts'
import { lookUpPayments } from '../../src/jobs/look-up-payments.ts'
import { processWebhooks } from '../../src/jobs/process-webhooks.ts'
import { settleOperations } from '../../src/jobs/settle-operations.ts'
import { BillhookError } from '../../src/primitives/index.ts'
import type { PauseKind } from '../../src/providers/provider.ts'
import type { Fate } from './crash.ts'
import type { Order } from './history.ts'
import { LawBroken } from './law-broken.ts'
import type { Process, Slot } from './stage.ts'
import type { Message, World } from './world.ts'

const jobs = {
  inbox: [processWebhooks],
  usual: [processWebhooks, deliverEvents],
  all: [processWebhooks, lookUpPayments, endHeld, cancelDuplicates, settleOperations, deliverEvents],
} as const satisfies Record<string, readonly Job[]>

type Obey = (
  service: BillingService,
  subscription: { organizationId: string; subscriptionId: string },
  pauses: readonly PauseKind[],
) => Promise<unknown>

const orders: Record<Order, Obey> = {
  end_now: (service, subscription) => service.cancelSubscription({ ...subscription, atPeriodEnd: false }),
  end_later: (service, subscription) => service.cancelSubscription({ ...subscription, atPeriodEnd: true }),
  reactivate: (service, subscription) => service.reactivateSubscription(subscription),
  five_seats: (service, subscription) => service.changeQuantity({ ...subscription, quantity: 5, proration: 'none' }),
  pause: (service, subscription, [kind = 'collection']) => service.pauseSubscription({ ...subscription, kind }),
  resume: (service, subscription) => service.resumeSubscription(subscription),
}

/** The processes of one service. Whoever dies is replaced before the next thing is done. */
export class Crew {
  readonly #world: World
  readonly #slots: readonly Slot[]
  readonly #processes: Process[] = []
  readonly #dead = new Set<Fate>()
  /** What was answered 2xx. */
  readonly acknowledged = new Set<Message>()
  /** What listeners were given, in order, and in whose process: what the dead have told cannot be taken back. */
  readonly heard: Array<{ billingEventId: string; fate: Fate }> = []

  constructor(world: World, slots: readonly Slot[]) {
    this.#world = world
    this.#slots = slots
  }

  get deaths(): number {
    for (const { fate } of this.#processes) if (fate.isDead) this.#dead.add(fate)
    return this.#dead.size
  }

  /** One process for each slot, all of them alive. */
  async present(): Promise<readonly Process[]> {
    for (const [n, slot] of this.#slots.entries()) {
      const present = this.#processes[n]
      if (present && !present.fate.isDead) continue
      if (present) this.#dead.add(present.fate)
      this.#processes[n] = await slot.start(this.#world, (fate, billingEventId) => {
        this.heard.push({ billingEventId, fate })
      })
    }
    return this.#processes
  }

  /** All at the same time, one to each process in turn. Answers those that were not acknowledged, which the provider sends again. */
  async receive(messages: readonly Message[]): Promise<Message[]> {
    const processes = await this.present()
    const refused = await Promise.all(
      messages.map(async (message, n) => {
        const process = processes[n % processes.length]
        if (!process) return message
        const delivery = message.send(this.#world.clock.now())
        const received = process.service.receiveWebhook({ provider: this.#world.provider, ...delivery })
        if (!(await outcomeOf(process, received))) return message
        this.acknowledged.add(message)
        return []
      }),
    )
    return refused.flat()
  }

  /** Every process does what is due, until nothing is, all of them at the same time. */
  async work(what: keyof typeof jobs): Promise<void> {
    const processes = await this.present()
    await Promise.all(processes.map((process) => outcomeOf(process, workOf(process, jobs[what]))))
  }

  /** The first process does what a host asks for, if it lives long enough and may. */
  async obey(subscription: { organizationId: string; subscriptionId: string }, order: Order): Promise<void> {
    const [process] = await this.present()
    if (!process) return
    try {
      await orders[order](process.service, subscription, this.#world.seller.capabilities.pause)
    } catch (error) {
      const isRefusal = error instanceof BillhookError && error.status < 500
      if (!process.fate.isDead && !isRefusal) throw new LawBroken('an order is obeyed or refused', error)
    }
  }

  /** The first process does something that must not be left undone: whoever dies of it has a successor. */
  async insist(work: (process: Process) => Promise<unknown>): Promise<void> {
    for (;;) {
      const [process] = await this.present()
      if (process && (await outcomeOf(process, work(process)))) return
    }
  }
}

async function workOf({ service: { ctx } }: Process, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) while ((await job.run(ctx)) > 0);
}

/** Whether it was done. Only the dead may fail. */
async function outcomeOf({ fate }: Process, work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    if (!fate.isDead) throw new LawBroken('a process that is alive does its work', error)
    return false
  }
}
