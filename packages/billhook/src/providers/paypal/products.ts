import { z } from 'zod'
import type { PublishPriceInput } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import { type PayPalClient, requestId } from './client.ts'
import { id } from './wire-fields.ts'

/** One for everything that is sold: a subscription can only be revised to a plan of the same product. */
const productId = 'BILLHOOK'

const productWire = z.object({ id })

/** A plan that was imported keeps its product, so that its old subscriptions can move to its new prices. */
export async function productOf(
  client: PayPalClient,
  { plan }: PublishPriceInput,
  idempotencyKey: string,
): Promise<string> {
  if (plan.externalProductId) return plan.externalProductId
  if (await hasProduct(client)) return productId
  try {
    const body = { id: productId, name: client.settings.brandName ?? 'Subscriptions', type: 'SERVICE' }
    const key = requestId(idempotencyKey, 'product')
    const request = { method: 'POST', path: '/v1/catalogs/products', body, requestId: key } as const
    return (await client.plain('write', productWire, request)).id
  } catch (error) {
    // Two plans can be published at the same time.
    if (error instanceof PaymentProviderError && error.outcome === 'failed' && (await hasProduct(client)))
      return productId
    throw error
  }
}

export const knownProduct = ({ plan }: PublishPriceInput): string => plan.externalProductId ?? productId

async function hasProduct(client: PayPalClient): Promise<boolean> {
  try {
    await client.plain('read', productWire, { method: 'GET', path: `/v1/catalogs/products/${productId}` })
    return true
  } catch (error) {
    if (error instanceof PaymentProviderError && error.code === 'resource_missing') return false
    throw error
  }
}
