import type { invoiceSequences } from '../../db/schema/index.ts'
import { sha256Hex } from '../../primitives/index.ts'

export type InvoiceSequenceRow = typeof invoiceSequences.$inferSelect

const prefixLength = 8
/** Without what is mistaken for something else when it is read out. */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** The next number of an organization's own numbering. Its prefix tells its bills from those of the others. */
export function nextInSequence(organizationId: string, last: InvoiceSequenceRow | null): InvoiceSequenceRow {
  return last
    ? { ...last, lastNumber: last.lastNumber + 1 }
    : { organizationId, prefix: prefixOf(organizationId), lastNumber: 1 }
}

export const numberOf = ({ prefix, lastNumber }: InvoiceSequenceRow): string =>
  `${prefix}-${String(lastNumber).padStart(4, '0')}`

function prefixOf(organizationId: string): string {
  const digest = Buffer.from(sha256Hex(organizationId), 'hex')
  return [...digest.subarray(0, prefixLength)].map((byte) => alphabet[byte % alphabet.length]).join('')
}
