import type { BasePaymentProvider } from '../../providers/provider.ts'
import type { SnapshotOrigin } from './outcome.ts'

export const originOf = (provider: BasePaymentProvider): SnapshotOrigin => ({
  provider: provider.providerName,
  providerKind: provider.providerKind,
  canCancelAtPeriodEnd: provider.capabilities.cancel.atPeriodEnd,
  numbersInvoices: provider.capabilities.invoices === 'provider',
})
