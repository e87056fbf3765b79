import { invalidRequest, noSuch } from './api-error.ts'
import type { FormReader } from './form.ts'
import type { StripeList, StripeObject } from './objects.ts'

export const listParameters = ['limit', 'starting_after', 'ending_before', 'created', 'created.*']

/** One page, newest first, by Stripe's cursor rules: ids, limit 1 to 100, 10 by default. */
export function pageOf<T extends StripeObject>(all: Iterable<T>, params: FormReader, url: string): StripeList<T> {
  const limit = limitOf(params)
  const newestFirst = [...all].reverse().filter((object) => isCreatedWithin(object.created, params))
  return cut(newestFirst, limit, params, url)
}

/** One page of a list that keeps its own order: an invoice's lines, a subscription's items. */
export function pageInOrder<T extends { id: string }>(
  all: readonly T[],
  params: FormReader,
  url: string,
): StripeList<T> {
  return cut(all, limitOf(params), params, url)
}

function cut<T extends { id: string }>(
  newestFirst: readonly T[],
  limit: number,
  params: FormReader,
  url: string,
): StripeList<T> {
  const after = params.text('starting_after')
  const before = params.text('ending_before')
  if (before !== null) {
    const earlier = newestFirst.slice(0, positionOf(newestFirst, before, 'ending_before'))
    return { object: 'list', data: earlier.slice(-limit), has_more: earlier.length > limit, url }
  }
  const rest = after === null ? newestFirst : newestFirst.slice(positionOf(newestFirst, after, 'starting_after') + 1)
  return { object: 'list', data: rest.slice(0, limit), has_more: rest.length > limit, url }
}

function limitOf(params: FormReader): number {
  const limit = params.integer('limit') ?? 10
  if (limit < 1 || limit > 100) {
    throw invalidRequest(`This value must be between 1 and 100 (inclusive).`, {
      code: 'parameter_invalid_integer',
      param: 'limit',
    })
  }
  return limit
}

function positionOf(objects: ReadonlyArray<{ id: string }>, id: string, param: string): number {
  const position = objects.findIndex((object) => object.id === id)
  if (position < 0) throw noSuch('object', id, param, 'parameter')
  return position
}

function isCreatedWithin(created: number, params: FormReader): boolean {
  const given = params.form.created
  if (given === undefined) return true
  if (typeof given === 'string') return created === params.integer('created')
  const range = params.hash('created')
  const [gte, gt, lte, lt] = ['gte', 'gt', 'lte', 'lt'].map((key) => range?.integer(key) ?? null)
  return (
    (gte == null || created >= gte) &&
    (gt == null || created > gt) &&
    (lte == null || created <= lte) &&
    (lt == null || created < lt)
  )
}
