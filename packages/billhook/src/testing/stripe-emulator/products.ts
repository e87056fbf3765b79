import { invalidRequest } from './api-error.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { listParameters, pageOf } from './lists.ts'
import type { Product } from './objects.ts'
import type { Route } from './route.ts'

const productFields = [
  ...[
    'active',
    'description',
    'images',
    'images.#',
    'marketing_features',
    'marketing_features.**',
    'metadata',
    'metadata.*',
  ],
  ...[
    'name',
    'package_dimensions.*',
    'shippable',
    'statement_descriptor',
    'tax_code',
    'tax_details.**',
    'unit_label',
    'url',
  ],
]

export function createProduct(context: EmulatorContext, params: FormReader): Product {
  const { state, clock } = context
  const id = params.text('id') ?? context.newId('prod')
  if (state.products.has(id)) {
    throw invalidRequest(`Product already exists.`, { code: 'resource_already_exists', param: 'id' })
  }
  const product: Product = {
    id,
    object: 'product',
    active: params.boolean('active') ?? true,
    created: clock.seconds(),
    default_price: null,
    description: params.text('description'),
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: params.metadata(),
    name: params.required('name'),
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: params.text('tax_code'),
    tax_details: null,
    type: 'service',
    unit_label: params.text('unit_label'),
    updated: clock.seconds(),
    url: params.text('url'),
  }
  state.products.set(id, product)
  return product
}

function updateProduct(context: EmulatorContext, params: FormReader, id: string): Product {
  const product = demand(context.state.products, 'product', id)
  product.active = params.boolean('active') ?? product.active
  product.name = params.text('name') ?? product.name
  if (params.has('description')) product.description = params.text('description')
  if (params.has('default_price')) product.default_price = params.text('default_price')
  product.metadata = params.metadata(product.metadata)
  product.updated = context.clock.seconds()
  return product
}

function listProducts(context: EmulatorContext, params: FormReader): Product[] {
  const ids = params.texts('ids')
  const active = params.boolean('active')
  return [...context.state.products.values()].filter(
    (product) => (ids.length === 0 || ids.includes(product.id)) && (active === null || product.active === active),
  )
}

export const productRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/products', allowed: ['id', ...productFields], answer: createProduct },
  {
    method: 'GET',
    path: '/v1/products',
    allowed: [...listParameters, 'active', 'ids.#', 'shippable', 'url'],
    answer: (context, params) => ({ ...pageOf(listProducts(context, params), params, '/v1/products') }),
  },
  {
    method: 'GET',
    path: '/v1/products/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.products, 'product', id),
  },
  {
    method: 'POST',
    path: '/v1/products/:id',
    allowed: ['default_price', ...productFields],
    answer: (context, params, { id = '' }) => updateProduct(context, params, id),
  },
]
