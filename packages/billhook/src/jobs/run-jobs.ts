import type { Context } from '../context.ts'
import { errorMessage } from '../primitives/index.ts'
import { cancelDuplicates } from './cancel-duplicates.ts'
import { deliverEvents } from './deliver-events.ts'
import { endByPolicy } from './end-by-policy.ts'
import { endHeld } from './end-held-subscriptions.ts'
import { expireCheckouts } from './expire-checkouts.ts'
import { expireOffers } from './expire-offers.ts'
import type { Job } from './job.ts'
import { lookUpPayments } from './look-up-payments.ts'
import { processWebhooks } from './process-webhooks.ts'
import { purgeExpired } from './purge-expired.ts'
import { reconcileProviders } from './reconcile.ts'
import { reportUsage } from './report-usage.ts'
import { sendWebhooks } from './send-webhooks.ts'
import { settleOperations } from './settle-operations.ts'
import { tickProviders } from './tick-providers.ts'

const jobs: readonly Job[] = [
  // First: it may wait for webhooks that are on their way already, which `runJobsUntilIdle` is then to find.
  tickProviders,
  processWebhooks,
  deliverEvents,
  sendWebhooks,
  settleOperations,
  lookUpPayments,
  cancelDuplicates,
  endByPolicy,
  endHeld,
  expireCheckouts,
  expireOffers,
  reportUsage,
  reconcileProviders,
  purgeExpired,
]

const restAfterErrorMs = 1_000

/** Lets a sleeping job look at once. */
export class Alarm {
  #sleepers = new Map<string, () => void>()
  /** Jobs that were awake when their alarm rang: they may have looked before there was anything. */
  #missed = new Set<string>()

  ring(job: string): void {
    const wake = this.#sleepers.get(job)
    if (wake) wake()
    else this.#missed.add(job)
  }

  ringAll(): void {
    for (const wake of [...this.#sleepers.values()]) wake()
  }

  sleep(job: string, ms: number): Promise<void> {
    if (this.#missed.delete(job)) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#sleepers.delete(job)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#sleepers.set(job, wake)
    })
  }
}

export interface RunningJobs {
  /** Waits for what is being done, and does no more. */
  stop(): Promise<void>
}

/** Each job in a loop of its own: it looks when the alarm rings or its time has come, and again at once while there was work. */
export function startJobs(ctx: Context, alarm: Alarm): RunningJobs {
  let isStopping = false
  const loop = async (job: Job): Promise<void> => {
    while (!isStopping) {
      const restMs = await runOnce(ctx, job)
      if (restMs > 0 && !isStopping) await alarm.sleep(job.name, restMs)
    }
  }
  const loops = jobs.map(loop)
  return {
    stop: async () => {
      isStopping = true
      alarm.ringAll()
      await Promise.all(loops)
      await Promise.all(jobs.map((job) => job.settle?.(ctx)))
    },
  }
}

async function runOnce(ctx: Context, job: Job): Promise<number> {
  try {
    return (await job.run(ctx)) > 0 ? 0 : job.everyMs
  } catch (error) {
    ctx.logger.error({ job: job.name, error: errorMessage(error) }, 'a job failed and is tried again')
    return restAfterErrorMs
  }
}

/** For tests and for hosts without background work: every job, until none of them finds anything. Errors are thrown. */
export async function runJobsUntilIdle(ctx: Context): Promise<void> {
  let done = 1
  while (done > 0) {
    done = 0
    for (const job of jobs) {
      done += await job.run(ctx)
      await job.settle?.(ctx)
    }
  }
}
