import type { Context } from '../../context.ts'
import type { LimitValue } from '../../db/schema/catalog.ts'
import { invalid } from '../../primitives/index.ts'
import { findMeters, findUnknownMeters, isConsumable, type Meter } from '../meters/index.ts'
import type { NewPrice } from './plan.ts'

/** Error: `unknown_meter` (400) for a limit that counts by a meter that there is not. */
export async function requireMeters(ctx: Context, limits: Readonly<Record<string, LimitValue>> = {}): Promise<void> {
  const named = Object.values(limits).flatMap((value) =>
    typeof value === 'object' && value?.meter ? [value.meter] : [],
  )
  const [unknown] = await findUnknownMeters(ctx, named)
  if (unknown !== undefined) throw unknownMeter(unknown)
}

const unknownMeter = (key: string) =>
  invalid('unknown_meter', `There is no meter "${key}": make it first.`, { meter: key })

/** Those that prices bill by, by key. Errors: `unknown_meter`, `not_billable` (400) for one that counts a level, which cannot be added up. */
export async function requirePriceMeters(
  ctx: Context,
  prices: readonly NewPrice[] = [],
): Promise<ReadonlyMap<string, Meter>> {
  const keys = prices.flatMap(({ meter }) => (meter === undefined ? [] : [meter]))
  const meters = new Map((await findMeters(ctx, keys)).map((meter) => [meter.key, meter]))
  for (const key of keys) requireBillable(key, meters.get(key))
  return meters
}

/** Error: `unknown_meter`, `not_billable`. */
export function requireBillable(key: string, meter: Pick<Meter, 'aggregation'> | undefined): void {
  if (!meter) throw unknownMeter(key)
  if (!isConsumable(meter))
    throw invalid('not_billable', `Meter "${key}" counts a level: a price bills what is counted by count or sum.`, {
      meter: key,
    })
}
