import { z } from '@hono/zod-openapi'
import type { MeterRecord } from '../../domain/meters/index.ts'
import { instant, iso, metadata } from './common.ts'

const aggregation = z.enum(['count', 'sum', 'max', 'last', 'unique'])
const filters = z
  .record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()])))
  .openapi({ description: 'By property: only events that have one of these values count' })

export const meterSchema = z
  .object({
    id: z.string(),
    key: z.string(),
    name: z.string(),
    aggregation,
    property: z.string().nullable().openapi({ description: 'What is counted; null: the event’s quantity' }),
    filters,
    group_by: z.array(z.string()),
    metadata,
    created_at: instant,
  })
  .openapi('Meter')

export const newMeter = z
  .strictObject({
    key: z.string(),
    name: z.string().optional(),
    aggregation,
    property: z.string().nullable().optional(),
    filters: filters.optional(),
    group_by: z.array(z.string()).optional().openapi({ description: 'Properties by which usage can be read apart' }),
    metadata: metadata.optional(),
  })
  .openapi('NewMeter')

export const meterJson = (meter: MeterRecord): z.infer<typeof meterSchema> => ({
  id: meter.id,
  key: meter.key,
  name: meter.name,
  aggregation: meter.aggregation,
  property: meter.property,
  filters: meter.filters,
  group_by: meter.groupBy,
  metadata: meter.metadata,
  created_at: iso(meter.createdAt),
})
