import { createClock, secondsAfter } from '../emulator/clock.ts'
import type { DeliveryResult } from '../emulator/deliveries.ts'
import { closeServer } from '../emulator/loopback-server.ts'
import { decimalOf } from './amounts.ts'
import type { StoredAnswer } from './answer-request.ts'
import { type ApproveOptions, approve, demandPending } from './approval.ts'
import { certificateAuthority } from './certificate-authority.ts'
import { advanceTo } from './cycles.ts'
import { closeDispute, escalateDispute, openDispute, reverseSale } from './disputes.ts'
import { createState, demand, type EmulatorContext, type EmulatorState } from './emulator-context.ts'
import { createEventOutbox, type DeliveryOptions, type SignedDelivery } from './event-outbox.ts'
import { createEmitter } from './events.ts'
import { createPaypalFaults, type PaypalFaults } from './faults.ts'
import { releaseHold, settleSale } from './held-sales.ts'
import { type LoggedRequest, listen } from './http-server.ts'
import { createIds } from './ids.ts'
import type { Credentials } from './oauth.ts'
import type { Funding, PaypalEvent } from './objects.ts'
import { cancel, resume, suspend } from './state-changes.ts'
import { captureBalance } from './transactions.ts'
import { type Forgery, signatureHeaders, signWebhook } from './webhook-signing.ts'

export interface PaypalEmulatorOptions {
  clientId?: string
  clientSecret?: string
  /** Where its own clock starts; now when left out. */
  startAt?: string
  /** 0, the default, takes a free port. */
  port?: number
  /** In every id, as in `I-EMU222222223`: tells two emulated accounts apart. Capitals without I and O, digits without 0 and 1. */
  tag?: string
  /** Dates tokens and signatures. */
  wallClock?: () => Date
}

interface SignOptions {
  /** The time in the signature; now when left out. */
  signedAt?: Date
  /** Signs wrongly, in one certain way. */
  forge?: Forgery
}

/** A PayPal sandbox account in this process, behind a port of 127.0.0.1. */
export interface PaypalEmulator extends Credentials {
  readonly port: number
  readonly baseUrl: string
  /** Of the webhook that is registered from the start. */
  readonly webhookId: string
  /** PEM of the root that vouches for what webhooks are signed with. */
  readonly certificateAuthority: string
  readonly state: EmulatorState
  /** Its own time. `advance` does what falls due on the way; it moves by milliseconds or an ISO 8601 duration (UTC). */
  readonly clock: { now(): Date; advance(by: string | number): void }
  readonly faults: PaypalFaults
  /** Every API request with its answer, in order, refused and repeated ones too. */
  readonly requests: readonly LoggedRequest[]
  /** Every event ever emitted, in order. */
  readonly events: readonly PaypalEvent[]
  /** Events that no endpoint has acknowledged yet. */
  readonly queued: readonly PaypalEvent[]
  /** Answers kept for request ids; deleting one is PayPal forgetting it. */
  readonly requestIds: Map<string, StoredAnswer>
  /** Where webhooks go; may be set after the start, when the receiver's port is known. */
  webhookUrl: string | null
  /** The buyer agrees, to a new subscription or to a revision. Answers whether that worked. */
  approve(subscriptionIdOrUrl: string, options?: ApproveOptions): boolean
  /** The buyer turns back: nothing changes, and the link works until it ends. */
  decline(subscriptionIdOrUrl: string): void
  changeFunding(subscriptionId: string, funding: Funding): void
  /** On PayPal's own pages, by the buyer or the merchant: nobody but a webhook tells. */
  suspendAtPaypal(subscriptionId: string): void
  resumeAtPaypal(subscriptionId: string): void
  cancelAtPaypal(subscriptionId: string): void
  /** All that is outstanding, or so much of it (minor units). */
  captureAtPaypal(subscriptionId: string, amount?: number): void
  /** The next sale is told as held, or as pending. */
  oddNextSale(oddity: 'held' | 'pending'): void
  /** PayPal lets a held sale go: the sale is told once more. */
  releaseHold(saleId: string): void
  /** How a pending sale ended. */
  settleSale(saleId: string, outcome: 'completed' | 'denied'): void
  /** The buyer's bank took the money back, without a dispute at PayPal. */
  reverseSale(saleId: string): void
  openDispute(saleId: string): string
  escalateDispute(disputeId: string): void
  closeDispute(disputeId: string, winner: 'buyer' | 'seller'): void
  /** Posts queued events, signed. Those answered 2xx or dropped leave the queue, the others stay for the next call. */
  deliver(options?: DeliveryOptions): Promise<DeliveryResult[]>
  /** The same deliveries for a test to post by itself; they leave the queue. */
  signed(options?: DeliveryOptions): SignedDelivery[]
  /** Any body, signed as what it is or falsely. */
  sign(body: string, options?: SignOptions): { body: string; headers: Record<string, string> }
  /** The headers alone, for what is no text. */
  signatureOf(body: Uint8Array, options?: SignOptions): Record<string, string>
  stop(): Promise<void>
}

/** Starts a PayPal emulator: OAuth, catalog, subscriptions, v1 sales, webhooks and disputes, and the page that buyers approve on. */
export async function startPaypalEmulator(options: PaypalEmulatorOptions = {}): Promise<PaypalEmulator> {
  const credentials = {
    clientId: options.clientId ?? 'emulated-client',
    clientSecret: options.clientSecret ?? 'emulated-secret',
  }
  const parts = createParts(options)
  const { context, outbox, webhookId } = parts
  const faults = createPaypalFaults(context)
  const requests: LoggedRequest[] = []
  const stored = new Map<string, StoredAnswer>()
  const transmit = ({ signedAt }: SignOptions) => ({
    id: context.ids.uuid(),
    time: signedAt ?? context.wallClock(),
    webhookId,
  })
  const { server, port } = await listen({ door: { credentials, stored, context }, faults, requests }, options.port ?? 0)
  parts.setBaseUrl(`http://127.0.0.1:${port}`)
  return {
    ...credentials,
    ...accountOf(context),
    port,
    baseUrl: context.baseUrl,
    webhookId,
    certificateAuthority: certificateAuthority().root,
    faults,
    requests,
    events: outbox.events,
    get queued() {
      return outbox.queued
    },
    requestIds: stored,
    get webhookUrl() {
      return outbox.target
    },
    set webhookUrl(url) {
      outbox.target = url
    },
    deliver: outbox.deliver,
    signed: outbox.signed,
    sign: (body, options = {}) => signWebhook(body, transmit(options), options.forge ?? null),
    signatureOf: (body, options = {}) => signatureHeaders(body, transmit(options), options.forge ?? null),
    stop: () => closeServer(server),
  }
}

function createParts({ startAt, tag, wallClock }: PaypalEmulatorOptions) {
  const ids = createIds(tag ?? 'EMU')
  const webhookId = ids.next('', 17)
  const now = wallClock ?? (() => new Date())
  const outbox = createEventOutbox({ webhookId, newTransmissionId: ids.uuid, wallClock: now })
  let baseUrl = ''
  const context: EmulatorContext = {
    state: createState(),
    clock: createClock(startAt === undefined ? now() : new Date(startAt)),
    ids,
    get baseUrl() {
      return baseUrl
    },
    oddities: { nextSale: null, transactionsLagMs: 0 },
    wallClock: now,
    emit: createEmitter(() => context, outbox.add),
    resend: outbox.add,
  }
  const webhook = { id: webhookId, url: 'https://billing.example.test/webhooks', event_types: [{ name: '*' }] }
  context.state.webhooks.set(webhookId, webhook)
  return { context, outbox, webhookId, setBaseUrl: (url: string) => (baseUrl = url) }
}

/** What a test does to the account and its buyers. */
function accountOf(context: EmulatorContext) {
  return {
    state: context.state,
    clock: {
      now: context.clock.now,
      advance: (by: string | number) => advanceTo(context, secondsAfter(context.clock.seconds(), by)),
    },
    approve: (subscriptionIdOrUrl: string, options: ApproveOptions = {}) =>
      approve(context, demandPending(context, subscriptionIdOrUrl), options),
    decline: (subscriptionIdOrUrl: string) => void demandPending(context, subscriptionIdOrUrl),
    changeFunding: (subscriptionId: string, funding: Funding) => {
      demand(context.state.subscriptions, subscriptionId).funding = funding
    },
    suspendAtPaypal: (id: string) => void suspend(context, demand(context.state.subscriptions, id), null),
    resumeAtPaypal: (id: string) => void resume(context, demand(context.state.subscriptions, id), null),
    cancelAtPaypal: (id: string) => void cancel(context, demand(context.state.subscriptions, id), null),
    captureAtPaypal: (id: string, amount?: number) => {
      const subscription = demand(context.state.subscriptions, id)
      const { currency } = subscription.terms
      const value = decimalOf(amount ?? subscription.billing?.outstanding ?? 0, currency)
      const body = {
        note: 'Collected',
        capture_type: 'OUTSTANDING_BALANCE',
        amount: { currency_code: currency, value },
      }
      captureBalance(context, subscription, body)
    },
    oddNextSale: (oddity: 'held' | 'pending') => {
      context.oddities.nextSale = oddity
    },
    releaseHold: (saleId: string) => releaseHold(context, saleId),
    settleSale: (saleId: string, outcome: 'completed' | 'denied') => settleSale(context, saleId, outcome),
    reverseSale: (saleId: string) => reverseSale(context, saleId),
    openDispute: (saleId: string) => openDispute(context, saleId).id,
    escalateDispute: (disputeId: string) => escalateDispute(context, disputeId),
    closeDispute: (disputeId: string, winner: 'buyer' | 'seller') => closeDispute(context, disputeId, winner),
  }
}
