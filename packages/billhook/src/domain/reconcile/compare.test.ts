import { getTableColumns } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { day, invoiceRow, subscriptionData, subscriptionRow } from '../../../test/support/samples.ts'
import { bindings, disputes, invoices, refunds, subscriptions } from '../../db/schema/index.ts'
import type { Snapshot, SnapshotPreview } from '../sync/index.ts'
import { compareSnapshot } from './compare.ts'
import { bindingFields, invoiceFields, moneyBackFields, subscriptionFields } from './compared-fields.ts'

const subscription = subscriptionRow()
const origin = { provider: 'sandbox', providerKind: 'sandbox', canCancelAtPeriodEnd: true, numbersInvoices: true }
const observation = { by: 'read', at: day(2), ticket: 1, source: 'reconcile' } as const
const snapshot: Snapshot = { kind: 'subscription', input: { origin, observation, snapshot: subscriptionData() } }

function previewOf(changes: Partial<SnapshotPreview['decision']['changes']>): SnapshotPreview {
  const binding = { id: 'bind', role: 'billing', externalStatus: 'active', subscriptionId: 'sub' }
  return {
    state: {
      binding,
      subscription,
      items: [],
      live: [{ row: subscription, billedBy: null }],
      lines: [],
      invoice: invoiceRow(),
    },
    decision: {
      outcome: { outcome: 'applied' },
      changes: { refs: [], items: [], goneItems: [], payments: [], facts: [], alerts: [], audits: [], ...changes },
    },
  } as unknown as SnapshotPreview
}

/** What is no fact of the provider's about the object. */
const ours = ['id', 'organizationId', 'metadata', 'createdAt', 'updatedAt']
/** What bills are written from: the bills are compared. */
const writtenFrom = ['terms']
const held = ['holdEndsAt', 'holdStatus', 'holdOperationId', 'holdRetryAt']
const guard = ['observedAt', 'observedBy', 'snapshotDigest', 'ticketIssued', 'ticketApplied']
const named = ['provider', 'providerKind', 'stripeSubscriptionId', 'stripeInvoiceId', 'stripePaymentIntentId']

describe('the fields that are compared', () => {
  it.each([
    ['subscriptions', subscriptions, subscriptionFields, ['productLine', 'trialEndToldAt']],
    [
      'bindings',
      bindings,
      bindingFields,
      ['subscriptionId', 'externalSubscriptionId', 'engine', ...held, ...writtenFrom],
    ],
    [
      'invoices',
      invoices,
      invoiceFields,
      ['bindingId', 'externalInvoiceId', 'numberSource', 'paymentsDueAt', 'hostedUrl', 'pdfUrl'],
    ],
    ['refunds', refunds, moneyBackFields, ['paymentId', 'invoiceId', 'operationId', 'externalRefundId']],
    // When it was decided is when that was heard of.
    ['disputes', disputes, moneyBackFields, ['paymentId', 'externalDisputeId', 'closedAt']],
  ])('are all that %s have, but for what is ours or changes at every reading', (_, table, fields, leftOut) => {
    const compared = [...Object.keys(fields), ...leftOut, ...ours, ...guard, ...named]
    expect(Object.keys(getTableColumns(table)).filter((column) => !compared.includes(column))).toEqual([])
  })

  it.each(Object.entries(subscriptionFields))(
    'tell of a subscription whose %s is another, as %s',
    (field, severity) => {
      const row = { ...subscription, [field]: field.endsWith('At') ? day(99) : 'other' }
      const { differences } = compareSnapshot(snapshot, previewOf({ subscription: { isNew: false, row } }), new Map())
      const name = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      expect(differences).toMatchObject([{ field: name, severity, refusal: null }])
    },
  )

  it('tell nothing where the writer would write what is there already', () => {
    const same = { isNew: false, row: { ...subscription, updatedAt: day(50) } }
    expect(compareSnapshot(snapshot, previewOf({ subscription: same }), new Map())).toEqual({
      isMissing: false,
      differences: [],
      needs: null,
      billedBeside: null,
    })
  })
})
