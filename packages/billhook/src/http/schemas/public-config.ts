import { z } from '@hono/zod-openapi'

export const publicConfigSchema = z
  .object({
    default_provider: z.string().nullable(),
    providers: z.array(
      z.object({
        name: z.string(),
        display_name: z.string().nullable().openapi({ description: 'As its own people write it; null: like the name' }),
        publishable_key: z.string().nullable(),
      }),
    ),
    demo: z.boolean(),
  })
  .openapi('PublicConfig')
