import { describe, expect, it } from 'vitest'
import { invoiceRow } from '../../../test/support/samples.ts'
import { invoiceView } from '../../outbox/billing-event.ts'
import type { PaymentData } from '../../providers/provider.ts'
import { invoiceFacts } from './invoice-facts.ts'
import type { InvoiceRow } from './invoice-store.ts'

type State = Partial<InvoiceRow>
const paid: State = { status: 'paid' }
const asks: PaymentData = {
  externalPaymentId: 'pay',
  status: 'requires_action',
  amount: 1000,
  currency: 'EUR',
  declineCode: null,
  failureMessage: null,
  attemptedAt: null,
}

const cases: Array<[string, State | null, State, string[]]> = [
  ['the same again says nothing', {}, {}, []],
  ['a draft', null, { status: 'draft' }, ['created']],
  ['a draft that is finalized', { status: 'draft' }, {}, ['finalized']],
  ['one that is seen when it is paid already', null, paid, ['created', 'finalized', 'paid']],
  ['the money', {}, paid, ['paid']],
  ['a failed attempt', {}, { attemptCount: 1 }, ['payment_failed']],
  ['the same attempt again', { attemptCount: 1 }, { attemptCount: 1 }, []],
  ['the attempt that succeeds', { attemptCount: 1 }, { ...paid, attemptCount: 2 }, ['paid']],
  ['a bill that is void', {}, { status: 'void' }, ['voided']],
  ['a bill that is written off', {}, { status: 'uncollectible' }, ['uncollectible']],
]

describe('what the difference of two states of an invoice says', () => {
  const told = (before: State | null, after: State, payments: PaymentData[] = []) => {
    const row = invoiceRow(after)
    const facts = invoiceFacts(before && invoiceRow(before), row, invoiceView(row, []), payments)
    return facts.map(({ type }) => type.replace('invoice.', ''))
  }
  it.each(cases)('%s', (_, before, after, expected) => {
    expect(told(before, after)).toEqual(expected)
  })
  it('a bank that asks the buyer is told once for each payment', () => {
    const waiting = { externalPaymentIntentId: 'pay' }
    expect(told({}, waiting, [asks])).toEqual(['payment_action_required'])
    expect(told(waiting, waiting, [asks])).toEqual([])
  })
})
