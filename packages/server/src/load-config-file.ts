import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BillhookConfig, errorMessage } from 'billhook'
import { z } from 'zod'
import { catalogShape } from './catalog-shape.ts'
import { ConfigurationError } from './configuration-error.ts'

const fileName = 'billhook.config.ts'
const isFunction = (value: unknown) => typeof value === 'function'
const shape = z.strictObject({
  providers: z
    .record(z.string(), z.custom<NonNullable<BillhookConfig['providers']>[string]>(isFunction, 'must be a function'))
    .optional(),
  defaultProvider: z.string().optional(),
  listeners: z
    .record(z.string(), z.custom<NonNullable<BillhookConfig['listeners']>[string]>(isFunction, 'must be a function'))
    .optional(),
  policies: z
    .strictObject({
      duplicatePolicy: z.enum(['cancel', 'alert']),
      lostDisputePolicy: z.enum(['alert', 'end_now']),
      fullRefundPolicy: z.enum(['keep', 'end_now']),
    })
    .partial()
    .optional(),
  catalog: catalogShape.optional(),
  webhookPaths: z.record(z.string().startsWith('/'), z.string()).optional(),
  legacyStripeWebhookPath: z.string().startsWith('/').optional(),
})

/** What `billhook.config.ts` in the directory exports by default; nothing where there is no such file. */
export async function loadConfigFile(directory: string): Promise<BillhookConfig> {
  const path = join(directory, fileName)
  if (!existsSync(path)) return {}
  const loaded = await load(path)
  const parsed = shape.safeParse(loaded.default)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') || 'the default export'
  throw new ConfigurationError(`${fileName} is wrong: ${where}: ${issue?.message ?? 'unexpected'}.`)
}

async function load(path: string): Promise<{ default?: unknown }> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const line = /billhook\.config\.ts:(\d+)/.exec((error instanceof Error && error.stack) || '')?.[1]
    throw new ConfigurationError(
      `${fileName} cannot be loaded: ${errorMessage(error).replace(/\.$/, '')}${line ? ` (line ${line})` : ''}.`,
    )
  }
}
