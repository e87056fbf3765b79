import { z } from '@hono/zod-openapi'

export const instant = z.iso.datetime().openapi({ description: 'RFC 3339, UTC', example: '2026-03-01T00:00:00.000Z' })
export const metadata = z.record(z.string().max(40), z.string().max(500))
export const minorUnits = z.int().openapi({ description: 'Minor units of the currency, signed' })
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'An ISO 4217 code in upper case')
  .openapi({ example: 'USD' })
export const featureValue = z.union([z.boolean(), z.number(), z.string().max(500)])
export const features = z.record(z.string(), featureValue)
const plainLimit = z.int().min(0).nullable()
export const limitTerms = z
  .strictObject({
    limit: plainLimit.openapi({ description: 'Null: unlimited' }),
    per: z.literal('unit').optional().openapi({ description: 'So much for each unit of the subscription’s quantity' }),
    adds: z.boolean().optional().openapi({ description: 'On top of what other plans give, as an add-on does' }),
    meter: z.string().optional().openapi({ description: 'The key of the meter that counts towards it' }),
    window: z
      .union([
        z.enum(['billing_period', 'billing_month', 'calendar_month', 'lifetime']),
        z.strictObject({ rolling: z.string().openapi({ example: 'P30D' }) }),
      ])
      .optional()
      .openapi({ description: 'Over what time usage is counted; billing_period when left out' }),
    soft: z.boolean().optional().openapi({ description: 'Never refuses' }),
    thresholds: z
      .array(z.int())
      .optional()
      .openapi({ description: 'Percents that are told once a window; 80 and 100 when left out' }),
    above: z.enum(['block', 'read_only', 'until_reset']).optional().openapi({
      description: 'What becomes of an organization that is above it, after a downgrade say; block when left out',
    }),
  })
  .openapi('LimitTerms')
export const limits = z.record(z.string(), z.union([plainLimit, limitTerms]))
export const interval = z.enum(['day', 'week', 'month', 'year'])

export const iso = (date: Date): string => date.toISOString()
export const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null

export const idParameter = z.object({ id: z.string().min(1).max(200) })

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).optional().openapi({ description: '1 to 100; 20 when absent' }),
  cursor: z.string().max(500).optional().openapi({ description: 'next_cursor of the page before' }),
})

export const listOf = <T extends z.ZodType>(item: T, name: string) =>
  z.object({ data: z.array(item), has_more: z.boolean(), next_cursor: z.string().nullable() }).openapi(name)

export const listJson = <T, J>(
  { data, nextCursor }: { data: T[]; nextCursor: string | null },
  view: (item: T) => J,
) => ({
  data: data.map(view),
  has_more: nextCursor !== null,
  next_cursor: nextCursor,
})

export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().openapi({ description: 'Stable; decide by it' }),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem')

/** What every call may answer besides its success. */
const problemResponse = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
})
export const problems = {
  400: problemResponse('The request is wrong'),
  401: problemResponse('No valid credential'),
  403: problemResponse('The credential may not do this'),
  404: problemResponse('There is no such thing in the scope of the caller'),
  default: problemResponse('Any other failure: its code says which'),
}
export const conflictProblem = { 409: problemResponse('The present state forbids it') }

export const answer = <T extends z.ZodType>(schema: T, description = 'OK') => ({
  description,
  content: { 'application/json': { schema } },
})
export const body = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { 'application/json': { schema } },
})
