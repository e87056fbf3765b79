import { isActiveCurrency } from '../../primitives/index.ts'
import type { ProviderOperation, PublishPriceInput } from '../operation.ts'
import type { StateStore } from '../provider.ts'
import type { PriceData } from '../snapshots.ts'
import type { SandboxClient } from './client.ts'
import { sandboxError } from './errors.ts'
import { newId, type SandboxPrice, type SandboxProduct } from './objects.ts'
import type { Draft } from './state.ts'

/** Our plan's and price's ids lead to what was published for them, so publishing again, also under another operation, makes nothing twice. */
export async function publishPrice(
  client: SandboxClient,
  input: PublishPriceInput,
  operation: ProviderOperation<'publish_price'>,
): Promise<PriceData> {
  const answer = await client.execute(operation, input, async (draft, store) => {
    requirePriceable(draft.providerName, input.price)
    const product = await publishProduct(draft, store, input.plan)
    const price = await publishOnce(store, `published/price/${input.price.id}`, () =>
      addPrice(draft, product.id, input.price),
    )
    requireSamePrice(draft.providerName, await draft.get('price', price), input.price)
    return { object: 'price', id: price }
  })
  const price = await client.retrieve('price', answer.id)
  return { externalPriceId: price.id, externalProductId: price.product }
}

async function publishProduct(
  draft: Draft,
  store: StateStore,
  plan: PublishPriceInput['plan'],
): Promise<SandboxProduct> {
  const named = plan.externalProductId === null ? null : await draft.find('product', plan.externalProductId)
  const id = named?.id ?? (await publishOnce(store, `published/product/${plan.id}`, () => addProduct(draft, plan)))
  const product = await draft.get('product', id)
  if (product.name !== plan.name || product.description !== plan.description) {
    product.name = plan.name
    product.description = plan.description
    draft.save(product)
  }
  return product
}

async function publishOnce(store: StateStore, key: string, add: () => string): Promise<string> {
  const known = await store.get<string>(key)
  if (known !== null) return known
  const id = add()
  await store.put(key, id)
  return id
}

function addProduct(draft: Draft, { name, description }: PublishPriceInput['plan']): string {
  return draft.add({ object: 'product', id: newId('product'), name, description }).id
}

function addPrice(draft: Draft, product: string, price: PublishPriceInput['price']): string {
  const { currency, amount, interval, intervalCount } = price
  return draft.add({
    object: 'price',
    id: newId('price'),
    product,
    currency,
    amount,
    interval,
    interval_count: intervalCount,
  }).id
}

function requirePriceable(
  providerName: string,
  { currency, amount, intervalCount, metered }: PublishPriceInput['price'],
): void {
  if (metered) throw sandboxError(providerName, 'unsupported', 'The sandbox has no prices that bill usage.')
  if (!isActiveCurrency(currency)) {
    throw sandboxError(providerName, 'unsupported_currency', `${currency} is not an ISO 4217 currency in use.`)
  }
  const isSound =
    Number.isSafeInteger(amount) && amount >= 0 && Number.isSafeInteger(intervalCount) && intervalCount > 0
  if (isSound) return
  throw sandboxError(
    providerName,
    'provider_rejected',
    'A price is a whole number of minor units for a whole number of intervals.',
  )
}

function requireSamePrice(providerName: string, known: SandboxPrice, asked: PublishPriceInput['price']): void {
  const isSame =
    known.currency === asked.currency &&
    known.amount === asked.amount &&
    known.interval === asked.interval &&
    known.interval_count === asked.intervalCount
  if (isSame) return
  throw sandboxError(
    providerName,
    'provider_rejected',
    `Price "${asked.key}" is published with another amount; a changed price is a new price.`,
  )
}
