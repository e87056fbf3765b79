import { PaymentProviderError } from '../provider-error.ts'
import type { PayPalClient } from './client.ts'
import { isCustomer } from './reference.ts'

const hosts = { sandbox: 'https://www.sandbox.paypal.com', live: 'https://www.paypal.com' }

/** Where a buyer sees to automatic payments: change what pays them, end them. One page for everybody; PayPal knows the buyer by the sign-in. */
export const buyerPage = ({ settings }: PayPalClient): string => `${hosts[settings.mode]}/myaccount/autopay/`

export async function createPortalLink(
  client: PayPalClient,
  { externalCustomerId }: { externalCustomerId: string },
): Promise<{ url: string }> {
  if (isCustomer(externalCustomerId)) return { url: buyerPage(client) }
  const detail = `"${externalCustomerId}" is no customer at PayPal.`
  throw new PaymentProviderError({ provider: client.provider, code: 'resource_missing', detail })
}
