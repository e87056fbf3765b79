import { randomUUID } from 'node:crypto'
import type { BasePaymentProvider, VerifiedEvent } from '../../../providers/provider.ts'
import { type Deviate, missing, mistakesAgainst, misunderstanding, onError } from './wrong-adapter.ts'

/** Verifies well and keeps something else. */
function keeping(change: (event: VerifiedEvent) => VerifiedEvent): Deviate {
  return (right) => ({
    constructWebhookEvent: async (...call) => (await right.constructWebhookEvent(...call)).map(change),
  })
}

/** What the sandbox would have made of a body, had it been signed. */
function unverified(body: Uint8Array): VerifiedEvent[] {
  const { id, type, occurred_at, data } = JSON.parse(new TextDecoder().decode(body))
  const occurredAt = new Date(occurred_at)
  const raw = new TextDecoder().decode(body)
  return [{ dedupeKey: id, lineKey: data.customer, type, occurredAt, payloadVersion: null, mode: 'test', raw }]
}

type Construct = BasePaymentProvider['constructWebhookEvent']

/** Lets some deliveries through that are not signed. */
function trusting(isTrusted: (...delivery: Parameters<Construct>) => boolean): Deviate {
  return (right) => ({
    constructWebhookEvent: async (body, headers, at) =>
      isTrusted(body, headers, at) ? unverified(body) : right.constructWebhookEvent(body, headers, at),
  })
}

const signatureOf = (headers: Headers) => headers.get('webhook-signature')
const signedAt = (headers: Headers) => new Date(Number(headers.get('webhook-timestamp')) * 1000)
const encode = (text: string) => new TextEncoder().encode(text)

const understanding = mistakesAgainst('webhooks', {
  'a purchase tells of the session, the subscription and the money that was paid': {
    'leaves the paid invoice out': missing('invoice.paid'),
    'leaves the completed session out': missing('checkout.completed'),
  },
  'every event that means something names the customer it is about': {
    'names nobody': misunderstanding((event) => (event.kind === 'ignored' ? event : { ...event, refs: {} })),
    'ignores without a reason': misunderstanding(() => ({ kind: 'ignored', reason: '' })),
  },
  'an event is of the time when it happened, and so is what it means': {
    'takes seconds for milliseconds': keeping((event) => ({
      ...event,
      occurredAt: event.occurredAt && new Date(event.occurredAt.getTime() / 1000),
    })),
    'does not say since when it is true': misunderstanding((event) =>
      event.kind === 'ignored' ? event : { ...event, observedAt: new Date(0) },
    ),
  },
  'snapshots equal what is read at the provider': {
    'reads a scheduled end from another field in webhooks': misunderstanding((event) =>
      event.kind === 'subscription.updated' && event.snapshot
        ? { ...event, snapshot: { ...event.snapshot, cancelAt: null } }
        : event,
    ),
  },
  'a renewal is told, with snapshots as they are read': {
    'does not follow updates of subscriptions': missing('subscription.updated'),
    'counts the attempts of a paid invoice otherwise': misunderstanding((event) =>
      event.kind === 'invoice.paid' && event.snapshot
        ? { ...event, snapshot: { ...event.snapshot, attemptCount: 99 } }
        : event,
    ),
  },
  'a payment that failed at renewal is told': { 'hears of successes only': missing('invoice.payment_failed') },
  'an end is told as an end': {
    'takes an end for an update': misunderstanding((event) =>
      event.kind === 'subscription.deleted' ? { ...event, kind: 'subscription.updated' } : event,
    ),
  },
  'a subscription’s events and its invoices’ share one line': {
    'gives each event a line of its own': keeping((event) => ({ ...event, lineKey: event.dedupeKey })),
  },
  'two customers have two lines': { 'has one line for all': keeping((event) => ({ ...event, lineKey: 'all' })) },
  'a webhook delivered twice has the same dedupe key both times': {
    'makes the key up': keeping((event) => ({ ...event, dedupeKey: randomUUID() })),
  },
  'no two webhooks share a dedupe key': {
    'takes the customer for the key': keeping((event) => ({ ...event, dedupeKey: event.lineKey })),
  },
  'webhooks are understood alike in any order': {
    'drops what is older than the last it saw': (right) => {
      let latest = new Date(0)
      return {
        handleWebhookEvent: (event) => {
          const isOld = event.occurredAt !== null && event.occurredAt < latest
          if (isOld) return [{ kind: 'ignored', reason: 'something newer came before' }]
          latest = event.occurredAt ?? latest
          return right.handleWebhookEvent(event)
        },
      }
    },
  },
  'the meaning of an event depends on nothing but the event: not on the clock': {
    'stamps the present on what it reads': misunderstanding((event) =>
      event.kind === 'ignored' ? event : { ...event, observedAt: new Date() },
    ),
  },
  'understanding an event leaves it untouched': {
    'takes the event apart while reading it': (right) => ({
      handleWebhookEvent: (event) => {
        const events = right.handleWebhookEvent(event)
        event.type = event.type.toUpperCase()
        return events
      },
    }),
  },
  'a type nobody knows is accepted and ignored with a reason': {
    'throws at a type it does not know': (right) => ({
      handleWebhookEvent: (event) => {
        const events = right.handleWebhookEvent(event)
        if (events.some(({ kind }) => kind === 'ignored')) throw new Error(`unexpected type ${event.type}`)
        return events
      },
    }),
  },
})

const verifying = mistakesAgainst('webhooks', {
  'without a signature it is refused': {
    'checks a signature only where there is one': trusting((_, headers) => signatureOf(headers) === null),
  },
  'with an empty signature it is refused': {
    'takes an empty signature for none to check': trusting((_, headers) => signatureOf(headers) === ''),
  },
  'with a forged signature it is refused': {
    'is content with any signature': trusting((_, headers) => Boolean(signatureOf(headers))),
  },
  'with one changed byte it is refused': {
    'trims the body before it checks': (right) => ({
      constructWebhookEvent: (body, headers, at) =>
        right.constructWebhookEvent(encode(new TextDecoder().decode(body).trim()), headers, at),
    }),
  },
  'parsed and written again it is refused: the signature is of the raw bytes': {
    'compares with JSON it wrote itself': (right) => ({
      constructWebhookEvent: (body, headers, at) =>
        right.constructWebhookEvent(encode(JSON.stringify(JSON.parse(new TextDecoder().decode(body)))), headers, at),
    }),
  },
  'signed a month ago it is refused': {
    'does not look at the age': (right) => ({
      constructWebhookEvent: (body, headers, { now }) => {
        const sent = signedAt(headers)
        if (now > sent) return right.constructWebhookEvent(body, headers, { now: sent })
        return right.constructWebhookEvent(body, headers, { now })
      },
    }),
  },
  'signed for a time to come it is refused': {
    'looks at the age only': (right) => ({
      constructWebhookEvent: (body, headers, { now }) => {
        const sent = signedAt(headers)
        if (now < sent) return right.constructWebhookEvent(body, headers, { now: sent })
        return right.constructWebhookEvent(body, headers, { now })
      },
    }),
  },
  'signed bytes that are no JSON are malformed_payload, not a crash': {
    'lets the parser’s error through': (right) => ({
      constructWebhookEvent: (body, headers, at) =>
        onError(right.constructWebhookEvent(body, headers, at), 'malformed_payload', () => unverified(body)),
    }),
  },
  'signed bytes that are no UTF-8 are malformed_payload, not guessed at': {
    'decodes with replacement characters': (right) => ({
      constructWebhookEvent: (body, headers, at) =>
        onError(right.constructWebhookEvent(body, headers, at), 'malformed_payload', () => unverified(body)),
    }),
  },
  'what is kept of a webhook is the text that came': {
    'keeps what it understood': keeping((event) => ({ ...event, raw: JSON.stringify({ type: event.type }) })),
  },
  'every webhook says the mode of the account it came from': {
    'calls everything live': keeping((event) => ({ ...event, mode: 'live' })),
  },
  'a webhook of the other mode says so, or is refused': {
    'calls everything its own': (right) => ({
      constructWebhookEvent: async (...call) =>
        (await right.constructWebhookEvent(...call)).map((event) => ({ ...event, mode: right.mode })),
    }),
  },
})

export const wrongWebhooks = [...understanding, ...verifying]
