import { z } from '@hono/zod-openapi'

export const publicConfigSchema = z
  .object({
    default_provider: z.string().nullable(),
    providers: z.array(z.object({ name: z.string(), publishable_key: z.string().nullable() })),
    demo: z.boolean(),
  })
  .openapi('PublicConfig')
