import { z } from '@hono/zod-openapi'
import type { Usage, UsageReceipt } from '../../domain/usage/index.ts'
import { instant, iso, isoOrNull } from './common.ts'
import { meterSchema } from './meter.ts'

export const quantity = z
  .union([z.number(), z.string()])
  .openapi({ description: 'A number or decimal text from 0 to 1000000000000, with at most six decimals' })
export const properties = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

/** How an event is to be written. Requests are not parsed by it: one wrong event must not cost the others of its batch. */
const usageEvent = z
  .object({
    id: z.string().openapi({ description: 'Yours: counted once within an organization and meter' }),
    meter: z.string().openapi({ description: 'The key of a meter' }),
    quantity: quantity.optional(),
    occurred_at: instant.optional(),
    properties: properties.optional(),
  })
  .openapi('UsageEvent')
const usageBatch = z
  .object({ events: z.array(usageEvent).openapi({ minItems: 1, maxItems: 1000 }) })
  .openapi('UsageBatch')
const cloudEvent = z
  .object({
    specversion: z.string().openapi({ example: '1.0' }),
    id: z.string(),
    source: z.string(),
    type: z.string().openapi({ description: 'The key of a meter' }),
    time: instant.optional(),
    data: z.looseObject({}).optional().openapi({ description: 'quantity, and properties beside it' }),
  })
  .openapi('CloudEvent')

const described = <T extends z.ZodType>(schema: T) => ({ schema })
export const usageBody = {
  required: true,
  content: {
    'application/json': described(z.union([usageBatch, usageEvent])),
    'application/cloudevents+json': described(cloudEvent),
    'application/cloudevents-batch+json': described(z.array(cloudEvent)),
  },
}

export const usageReceiptSchema = z
  .object({
    accepted: z.int(),
    adjustments: z.int().openapi({ description: 'Of the accepted: late ones, counted in the period that is open' }),
    duplicates: z.int(),
    rejected: z.array(z.object({ index: z.int(), id: z.string().nullable(), code: z.string(), detail: z.string() })),
  })
  .openapi('UsageReceipt')

export const usageReceiptJson = (receipt: UsageReceipt): z.infer<typeof usageReceiptSchema> => receipt

export const usageQuery = z.object({
  meter: z.string().min(1).max(200).openapi({ description: 'Key or id' }),
  from: instant.optional().openapi({ description: 'The start of the billing period when left out' }),
  to: instant.optional().openapi({ description: 'Exclusive; now when left out' }),
  by: z.literal('day').optional().openapi({ description: 'Days of the organization’s time zone' }),
  group_by: z.string().max(100).optional().openapi({ description: 'One of the meter’s group_by' }),
})

export const usageSchema = z
  .object({
    meter: meterSchema.shape.key,
    aggregation: meterSchema.shape.aggregation,
    from: instant,
    to: instant.nullable(),
    value: z.number(),
    data: z.array(z.object({ day: z.string().nullable(), group: z.string().nullable(), value: z.number() })),
  })
  .openapi('Usage')

export const usageJson = ({ meter, from, to, value, parts }: Usage): z.infer<typeof usageSchema> => ({
  meter: meter.key,
  aggregation: meter.aggregation,
  from: iso(from),
  to: isoOrNull(to),
  value,
  data: parts,
})
