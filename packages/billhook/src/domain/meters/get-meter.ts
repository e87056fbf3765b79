import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { notFound } from '../../primitives/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../paging.ts'
import type { MeterRecord } from './meter.ts'
import { findMeter, findMetersByKey, selectMeters } from './store.ts'

/** By id or key. Error: `meter_not_found` (404). */
export async function getMeter(ctx: Context, { meterId }: { meterId: string }): Promise<MeterRecord> {
  const meter = await asPlatform(ctx.db, (scope) => findMeter(scope, meterId))
  if (!meter) throw meterNotFound()
  return meter
}

export const meterNotFound = () => notFound('meter_not_found', 'There is no such meter.')

/** Oldest first. */
export async function listMeters(ctx: Context, input: PageInput): Promise<Paged<MeterRecord>> {
  const after = decodeCursor(input)
  const rows = await asPlatform(ctx.db, (scope) => selectMeters(scope, after, pageLimit(input) + 1))
  return pageOf(
    rows,
    input,
    (meter) => meter,
    (meter) => meter.id,
  )
}

/** Of the named ones, those that there are. */
export async function findMeters(ctx: Context, keys: readonly string[]): Promise<MeterRecord[]> {
  return keys.length === 0 ? [] : asPlatform(ctx.db, (scope) => findMetersByKey(scope, keys))
}

/** Of the named ones, those that there are not. */
export async function findUnknownMeters(ctx: Context, keys: readonly string[]): Promise<string[]> {
  const known = new Set((await findMeters(ctx, keys)).map(({ key }) => key))
  return keys.filter((key) => !known.has(key))
}
