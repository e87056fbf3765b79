import type { MoneyBack, MoneyBackPreview } from '../sync/index.ts'
import { type Comparison, difference, rowDifferences } from './compare.ts'
import { moneyBackFields } from './compared-fields.ts'

/** Pure: where a refund or a dispute at the provider is not what is kept here. Null: its payment is none of ours, so it is nobody's here. */
export function compareMoneyBack(
  { input: { snapshot } }: MoneyBack,
  { outcome: { outcome }, before, after }: MoneyBackPreview,
): Comparison | null {
  if (outcome === 'needs_payment') return null
  const isMissing = before === null
  const found = isMissing
    ? [difference('', null, snapshot.status, 'critical')]
    : rowDifferences(moneyBackFields, before, after)
  const refusal =
    outcome === 'stale' ? 'It was decided here, and what is decided stays: look at it at the provider.' : null
  return { isMissing, differences: found.map((one) => ({ ...one, refusal })), needs: null, billedBeside: null }
}
