import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'

/** Every kind of row that has a public id. A prefix is part of the public contract and never changes. */
export const idPrefixes = {
  organization: 'bhorg',
  apiKey: 'bhkey',
  plan: 'bhplan',
  price: 'bhprice',
  providerPrice: 'bhpp',
  customer: 'bhcus',
  checkoutSession: 'bhcs',
  subscription: 'bhsub',
  subscriptionItem: 'bhsi',
  subscriptionPeriod: 'bhper',
  subscriptionChange: 'bhchg',
  binding: 'bhbind',
  invoice: 'bhinv',
  invoiceLine: 'bhline',
  payment: 'bhpay',
  paymentAllocation: 'bhalloc',
  refund: 'bhref',
  creditNote: 'bhcn',
  paymentMethod: 'bhpm',
  customerBalanceEntry: 'bhbal',
  webhookEvent: 'bhwh',
  billingEvent: 'bhevt',
  delivery: 'bhdel',
  operation: 'bhop',
  idempotencyKey: 'bhidem',
  alert: 'bhalert',
  auditEntry: 'bhaud',
  portalSession: 'bhps',
  grant: 'bhgrant',
  coupon: 'bhcoupon',
  providerCoupon: 'bhpc',
  dispute: 'bhdisp',
  changePreview: 'bhprev',
  usageReport: 'bhur',
  reconcileRun: 'bhrun',
  reconcileDifference: 'bhdiff',
  webhookEndpoint: 'bhwe',
  webhookSecret: 'bhwsec',
  meter: 'bhmeter',
  reservation: 'bhres',
} as const

export type IdKind = keyof typeof idPrefixes
export type IdPrefix = (typeof idPrefixes)[IdKind]

export interface Ids {
  /**
   * `<prefix>_<uuidv7 as 32 lower-case hex digits>`: one word to a double click, and any collation sorts it by time.
   */
  next(kind: IdKind): string
  /** 256 random bits, base64url (43 characters): for secrets, never for keys of rows. */
  token(): string
}

/**
 * Ids of one generator rise strictly, also within a millisecond and when the clock steps back; make one per process.
 */
export function systemIds(clock: Clock): Ids {
  const nextUuid = uuidV7Generator(clock)
  return {
    next: (kind) => `${idPrefixes[kind]}_${nextUuid()}`,
    token: () => randomBytes(32).toString('base64url'),
  }
}

/**
 * The same seed gives the same ids and tokens in the same order: for tests and seeded demonstrations, never for
 * secrets.
 */
export function sequentialIds(seed = 1): Ids {
  let lastId = 0
  let lastToken = 0
  return {
    next: (kind) => `${idPrefixes[kind]}_${hex(seed, 12)}70008000${hex(++lastId, 12)}`,
    token: () => createHash('sha256').update(`${seed}:${++lastToken}`).digest('base64url'),
  }
}

const ourId = /^(bh[a-z]+)_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/
const knownPrefixes: ReadonlySet<string> = new Set(Object.values(idPrefixes))

/** Whether a value has the shape of our ids, of that kind if one is named. It says nothing about a row existing. */
export function looksLikeOurId(value: unknown, kind?: IdKind): value is string {
  const prefix = typeof value === 'string' ? ourId.exec(value)?.[1] : undefined
  if (prefix === undefined) return false
  return kind === undefined ? knownPrefixes.has(prefix) : prefix === idPrefixes[kind]
}

/** What every id of that kind made from then on sorts behind, and every earlier one before. */
export const firstIdAt = (kind: IdKind, at: Date): string => `${idPrefixes[kind]}_${hex(at.getTime(), 12)}`

const maxCounter = 0xfff

/** Ten random bytes at a time, of many that are fetched at once: fetching costs more than the rest of making an id. */
function randomSource(): () => Buffer {
  let pool = Buffer.alloc(0)
  return () => {
    if (pool.length < 10) pool = randomBytes(4_000)
    const taken = pool.subarray(0, 10)
    pool = pool.subarray(10)
    return taken
  }
}

/**
 * RFC 9562 section 6.2 method 1: the 12 bits of rand_a count within a millisecond, the 62 bits of rand_b are random.
 */
function uuidV7Generator(clock: Clock): () => string {
  let lastMs = -1
  let counter = 0
  const nextRandom = randomSource()
  return () => {
    const nowMs = clock.now().getTime()
    const random = nextRandom()
    if (nowMs > lastMs) {
      lastMs = nowMs
      // Starts in the lower half, so that at least 2048 ids fit before the counter is full.
      counter = random.readUInt16BE(8) & 0x7ff
    } else if (counter < maxCounter) {
      counter += 1
    } else {
      // A full counter borrows the next millisecond, as the RFC allows, instead of waiting or going back.
      lastMs += 1
      counter = 0
    }
    random.writeUInt8((random.readUInt8(0) & 0x3f) | 0x80, 0)
    return `${hex(lastMs, 12)}7${hex(counter, 3)}${random.toString('hex', 0, 8)}`
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
