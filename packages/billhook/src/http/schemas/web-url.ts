import { z } from '@hono/zod-openapi'
import { isWebUrl } from '../../primitives/index.ts'

export const webUrl = z
  .string()
  .max(2048)
  .refine(isWebUrl, 'An absolute http or https address')
  .openapi({ format: 'uri', example: 'https://example.com/done' })
