import type { Changes } from './changes.ts'
import { isTerminal } from './next-subscription.ts'
import type { SyncState } from './state.ts'
import type { SubscriptionRow } from './store.ts'
import type { Tools } from './tools.ts'

/** A wanted change is real once the state shows it, and moot once the subscription has ended. */
export function concludeChange(
  { clock }: Tools,
  { openChange }: SyncState,
  row: SubscriptionRow,
  changes: Changes,
): void {
  if (!openChange) return
  const isReal =
    (openChange.toPriceId === null || openChange.toPriceId === row.priceId) &&
    (openChange.toQuantity === null || openChange.toQuantity === row.quantity)
  if (!isReal && !isTerminal(row.status)) return
  changes.change = { ...openChange, status: isReal ? 'applied' : 'canceled', updatedAt: clock.now() }
}
