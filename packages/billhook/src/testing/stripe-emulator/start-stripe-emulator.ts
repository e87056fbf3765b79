import { createClock, secondsAfter } from '../emulator/clock.ts'
import type { DeliveryResult } from '../emulator/deliveries.ts'
import { createFaults, type Faults } from '../emulator/faults.ts'
import { closeServer } from '../emulator/loopback-server.ts'
import { advanceTo } from './advance-clock.ts'
import type { StoredAnswer } from './answer-request.ts'
import type { CollectOutcome } from './collect-invoice.ts'
import {
  type CheckoutPayment,
  type CheckoutResult,
  clearPayment,
  confirmPayment,
  payCheckout,
  payInvoice,
  replaceCard,
} from './complete-checkout.ts'
import { closeDispute, openDispute } from './disputes.ts'
import { type AccountSettings, createIds, type EmulatorContext } from './emulator-context.ts'
import { createState, type EmulatorState } from './emulator-state.ts'
import { createEventOutbox, type WebhookTarget } from './event-outbox.ts'
import { createEmitter } from './events.ts'
import { type LoggedRequest, listen } from './http-server.ts'
import { toLegacyShape } from './legacy-shape.ts'
import type { StripeEvent } from './objects.ts'
import { settleRefund } from './refunds.ts'
import type { DeliveryOptions, SignedDelivery } from './webhook-delivery.ts'

export interface StripeEmulatorOptions {
  /** Where its own clock starts; now when left out. */
  clock?: Date
  apiKey?: string
  webhook?: WebhookTarget
  /** 0, the default, takes a free port. */
  port?: number
  /** In every id, as in `sub_emu_000001`: tells two emulated accounts apart. */
  tag?: string
  settings?: Partial<AccountSettings>
}

/** A Stripe account in this process, behind a port of 127.0.0.1. */
export interface StripeEmulator {
  readonly port: number
  readonly baseUrl: string
  readonly apiKey: string
  readonly state: EmulatorState
  /** Its own time. `advance` does what falls due on the way; it moves by milliseconds or an ISO 8601 duration (UTC). */
  readonly clock: { now(): Date; advance(by: string | number): void }
  readonly faults: Faults
  /** Every API request, in order, refused and repeated ones too. */
  readonly requests: readonly LoggedRequest[]
  /** Every event ever emitted, in order. */
  readonly events: readonly StripeEvent[]
  /** Events that no endpoint has acknowledged yet. */
  readonly queued: readonly StripeEvent[]
  /** Answers kept for idempotency keys; deleting one is Stripe forgetting it. */
  readonly idempotencyKeys: Map<string, StoredAnswer>
  /** Where webhooks go; may be set after the start, when the receiver's port is known. */
  webhook: WebhookTarget | null
  /** Pays an open checkout session, as its hosted page does. */
  pay(sessionId: string, payment: CheckoutPayment): CheckoutResult
  /** The customer confirms a payment that asked for it. */
  confirm(subscriptionId: string): CollectOutcome
  /** The customer pays an open invoice on its page, with a card that is not kept. */
  payInvoice(invoiceId: string, payment: { card: string }): CollectOutcome
  /** The customer leaves another card in the portal; answers the new payment method's id. */
  replaceCard(customerId: string, card: string): string
  /** How a bank debit ended that is still `processing`. */
  clearPayment(invoiceId: string, outcome: 'paid' | 'declined'): void
  /** How a refund ended; one that failed can be made again. */
  settleRefund(refundId: string, status: 'succeeded' | 'failed'): void
  /** The buyer's bank asks a payment back; answers the dispute's id. */
  openDispute(paymentIntentId: string): string
  closeDispute(disputeId: string, status: 'won' | 'lost'): void
  /** Posts queued events, signed. Those answered 2xx or dropped leave the queue, the others stay for the next call. */
  deliver(options?: DeliveryOptions): Promise<DeliveryResult[]>
  /** The same deliveries for a test to post by itself; they leave the queue. Needs a secret here or in `webhook`. */
  signed(options?: DeliveryOptions & { secret?: string }): SignedDelivery[]
  /** The event as an endpoint pinned to 2024-06-20 gets it; fits `render` of a delivery. */
  toLegacyShape(event: StripeEvent): StripeEvent
  stop(): Promise<void>
}

/** Three, five and seven days after one another, as accounts have it that do not let Stripe choose. */
const retrySeconds = [3, 5, 7].map((days) => days * 86_400)

/** Starts a Stripe emulator of API 2026-10-28.endive. Real accounts draft renewals for an hour; here they are collected at once. */
export async function startStripeEmulator(options: StripeEmulatorOptions = {}): Promise<StripeEmulator> {
  const state = createState()
  const clock = createClock(options.clock ?? new Date())
  const faults = createFaults()
  const requests: LoggedRequest[] = []
  const stored = new Map<string, StoredAnswer>()
  const apiKey = options.apiKey ?? 'sk_test_emulator'
  const outbox = createEventOutbox(options.webhook ?? null)
  let baseUrl = ''
  const context: EmulatorContext = {
    state,
    clock,
    settings: { draftSeconds: 0, afterLastRetry: 'past_due', retrySeconds, taxPercent: 0, ...options.settings },
    get baseUrl() {
      return baseUrl
    },
    request: null,
    newId: createIds(options.tag ?? 'emu'),
    emit: createEmitter(() => context, outbox.add),
  }
  const { server, port } = await listen({ door: { apiKey, stored, context }, faults, requests }, options.port ?? 0)
  baseUrl = `http://127.0.0.1:${port}`
  return {
    port,
    baseUrl,
    apiKey,
    state,
    clock: { now: clock.now, advance: (by) => advanceTo(context, secondsAfter(clock.seconds(), by)) },
    faults,
    requests,
    events: outbox.events,
    get queued() {
      return outbox.queued
    },
    idempotencyKeys: stored,
    get webhook() {
      return outbox.target
    },
    set webhook(target) {
      outbox.target = target
    },
    pay: (sessionId, payment) => payCheckout(context, sessionId, payment),
    confirm: (subscriptionId) => confirmPayment(context, subscriptionId),
    payInvoice: (invoiceId, { card }) => payInvoice(context, invoiceId, card),
    replaceCard: (customerId, card) => replaceCard(context, customerId, card),
    clearPayment: (invoiceId, outcome) => clearPayment(context, invoiceId, outcome),
    settleRefund: (refundId, status) => void settleRefund(context, refundId, status),
    openDispute: (paymentIntentId) => openDispute(context, paymentIntentId).id,
    closeDispute: (disputeId, status) => void closeDispute(context, disputeId, status),
    deliver: outbox.deliver,
    signed: outbox.signed,
    toLegacyShape: (event) => toLegacyShape(event, state),
    stop: () => closeServer(server),
  }
}
