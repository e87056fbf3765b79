import { setTimeout as sleep } from 'node:timers/promises'
import type { Context as RequestContext } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Context } from '../context.ts'
import type { Env } from './env.ts'

/** Refused, and nobody vouched for whoever asked: no credential was good, no signature. It can come as fast as a network carries it. */
export const isRefusedStranger = (c: RequestContext<Env>): boolean =>
  c.get('credential') === undefined && c.res.status >= 400 && c.res.status < 500

interface PaceOptions {
  perSecond: number
  /** So many go at once before the pace is kept. */
  atOnce: number
  longestWaitMs: number
}

/** Spreads evenly what would come all at once. */
export class Pace {
  readonly #stepMs: number
  readonly #slackMs: number
  readonly #longestWaitMs: number
  #nextMs = Number.NEGATIVE_INFINITY

  constructor({ perSecond, atOnce, longestWaitMs }: PaceOptions) {
    this.#stepMs = 1000 / perSecond
    this.#slackMs = this.#stepMs * atOnce
    this.#longestWaitMs = longestWaitMs
  }

  /** How long the next one has to wait. */
  waitMs(nowMs: number): number {
    const turnMs = Math.min(Math.max(this.#nextMs, nowMs - this.#slackMs), nowMs + this.#longestWaitMs)
    this.#nextMs = turnMs + this.#stepMs
    return Math.max(0, turnMs - nowMs)
  }
}

const refusals: PaceOptions = { perSecond: 500, atOnce: 200, longestWaitMs: 10_000 }
const nothing = new Uint8Array()

/**
 * Lets strangers wait for their refusals when there are many: whoever sends the next request when the last one was answered sends them no
 * faster than that, and leaves the service to those it is for.
 */
export function makeStrangersPace(options: PaceOptions = refusals) {
  const pace = new Pace(options)
  return createMiddleware<Env>(async (c, next) => {
    await next()
    if (!isRefusedStranger(c)) return
    const waitMs = pace.waitMs(performance.now())
    if (waitMs < 1) return
    // What was refused is not kept while its sender waits.
    c.set('rawBody', nothing)
    delete c.req.bodyCache.arrayBuffer
    await sleep(waitMs)
  })
}

const listedAtMost = 20
const windowMs = 10_000

/** Refused strangers fill no disk: some of them are listed, and then it is said how many there were. */
export class StrangersLog {
  readonly #ctx: Pick<Context, 'logger'>
  #listed = 0
  #unlisted = 0
  #window: NodeJS.Timeout | undefined

  constructor(ctx: Pick<Context, 'logger'>) {
    this.#ctx = ctx
  }

  /** Whether the next one is worth a line of its own. */
  isListed(): boolean {
    this.#window ??= setTimeout(() => this.#close(), windowMs).unref()
    if (this.#listed < listedAtMost) {
      this.#listed += 1
      return true
    }
    this.#unlisted += 1
    return false
  }

  #close(): void {
    const facts = { listed: this.#listed, unlisted: this.#unlisted, seconds: windowMs / 1000 }
    if (this.#unlisted > 0) this.#ctx.logger.warn(facts, 'more requests of strangers were refused than are listed')
    this.#listed = 0
    this.#unlisted = 0
    this.#window = undefined
  }
}
