import { z } from 'zod'
import { invalidField, unprocessable } from './api-error.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { HeldProduct } from './objects.ts'
import { pageOf, pageParameters } from './pages.ts'
import { applyPatches, type PatchTable } from './patch.ts'
import { readBody } from './read-body.ts'
import { renderProduct } from './render-catalog.ts'
import { type ApiResult, done, type Route } from './route.ts'
import { patchBody } from './schemas.ts'

const text = z.string().min(1).max(256)
const link = z.url().max(2000)
const category = z
  .string()
  .min(4)
  .max(256)
  .regex(/^[A-Z_]+$/)

const productBody = z.strictObject({
  id: z.string().min(6).max(50).optional(),
  name: z.string().min(1).max(127),
  type: z.enum(['PHYSICAL', 'DIGITAL', 'SERVICE']),
  description: text.optional(),
  category: category.optional(),
  image_url: link.optional(),
  home_url: link.optional(),
})

const patchable: PatchTable<HeldProduct> = {
  '/description': {
    ops: ['add', 'replace'],
    value: text,
    set: (product, value) => Object.assign(product, { description: value }),
  },
  '/category': {
    ops: ['add', 'replace'],
    value: category,
    set: (product, value) => Object.assign(product, { category: value }),
  },
  '/image_url': {
    ops: ['add', 'replace'],
    value: link,
    set: (product, value) => Object.assign(product, { image_url: value }),
  },
  '/home_url': {
    ops: ['add', 'replace'],
    value: link,
    set: (product, value) => Object.assign(product, { home_url: value }),
  },
}

export const productRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/catalogs/products',
    requestIdHours: 72,
    answer: (context, { body, wantsRepresentation }) => createProduct(context, body, wantsRepresentation),
  },
  {
    method: 'GET',
    path: '/v1/catalogs/products',
    query: pageParameters,
    answer: (context, { query }) => {
      const page = pageOf(context, [...context.state.products.values()], query, '/v1/catalogs/products')
      return {
        status: 200,
        body: { products: page.items.map((product) => summaryOf(context, product)), ...page.rest },
      }
    },
  },
  {
    method: 'GET',
    path: '/v1/catalogs/products/:id',
    answer: (context, { ids }) => ({
      status: 200,
      body: renderProduct(context, demand(context.state.products, ids.id ?? '')),
    }),
  },
  {
    method: 'PATCH',
    path: '/v1/catalogs/products/:id',
    answer: (context, { ids, body }) => {
      const product = demand(context.state.products, ids.id ?? '')
      applyPatches(product, readBody(patchBody, body), patchable)
      product.updatedAt = context.clock.seconds()
      context.emit('CATALOG.PRODUCT.UPDATED', renderProduct(context, product))
      return done
    },
  },
]

function createProduct(context: EmulatorContext, body: unknown, wantsRepresentation: boolean): ApiResult {
  const { id: own, ...fields } = readBody(productBody, body)
  if (own?.startsWith('PROD-')) throw invalidField('/id', 'INVALID_PARAMETER_SYNTAX', own)
  if (own !== undefined && context.state.products.has(own)) throw unprocessable('DUPLICATE_RESOURCE_IDENTIFIER')
  const now = context.clock.seconds()
  const product: HeldProduct = {
    id: own ?? context.ids.next('PROD-', 17),
    ...fields,
    createdAt: now,
    updatedAt: now,
  }
  context.state.products.set(product.id, product)
  const rendered = renderProduct(context, product)
  context.emit('CATALOG.PRODUCT.CREATED', rendered)
  return { status: 201, body: wantsRepresentation ? rendered : summaryOf(context, product) }
}

function summaryOf(context: EmulatorContext, product: HeldProduct): Record<string, unknown> {
  const { id, name, description, create_time, links } = renderProduct(context, product)
  return { id, name, ...(description !== undefined && { description }), create_time, links }
}
