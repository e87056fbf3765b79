import type { Context } from '../../context.ts'
import type { LimitValue } from '../../db/schema/catalog.ts'
import { invalid } from '../../primitives/index.ts'
import { findUnknownMeters } from '../meters/index.ts'

/** Error: `unknown_meter` (400) for a limit that counts by a meter that there is not. */
export async function requireMeters(ctx: Context, limits: Readonly<Record<string, LimitValue>> = {}): Promise<void> {
  const named = Object.values(limits).flatMap((value) =>
    typeof value === 'object' && value?.meter ? [value.meter] : [],
  )
  const [unknown] = await findUnknownMeters(ctx, named)
  if (unknown !== undefined)
    throw invalid('unknown_meter', `There is no meter "${unknown}": make it first.`, { meter: unknown })
}
