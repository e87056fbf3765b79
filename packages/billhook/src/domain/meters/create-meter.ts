import type { Context } from '../../context.ts'
import { asPlatform, isUniqueViolation } from '../../db/index.ts'
import { conflict } from '../../primitives/index.ts'
import { checkMeter, type MeterRecord, type NewMeter } from './meter.ts'
import { insertMeter } from './store.ts'

/** Errors: `meter_exists` (409); `invalid_key`, `invalid_name`, `invalid_meter` (400). */
export async function createMeter(ctx: Context, input: NewMeter): Promise<MeterRecord> {
  checkMeter(input)
  const meter: MeterRecord = {
    id: ctx.ids.next('meter'),
    key: input.key,
    name: input.name ?? input.key,
    aggregation: input.aggregation,
    property: input.property ?? null,
    filters: input.filters ?? {},
    groupBy: input.groupBy ?? [],
    metadata: input.metadata ?? {},
    createdAt: ctx.clock.now(),
  }
  try {
    await asPlatform(ctx.db, (scope) => insertMeter(scope, meter))
  } catch (error) {
    if (isUniqueViolation(error, 'meters_key_once'))
      throw conflict('meter_exists', 'There is a meter with this key already.')
    throw error
  }
  return meter
}
