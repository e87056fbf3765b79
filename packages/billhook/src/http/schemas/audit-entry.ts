import { z } from '@hono/zod-openapi'
import type { AuditEntry } from '../../domain/audit/index.ts'
import { instant, iso } from './common.ts'

export const auditEntrySchema = z
  .object({
    id: z.string(),
    organization_id: z.string().nullable(),
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    facts: z.record(z.string(), z.unknown()),
    at: instant,
  })
  .openapi('AuditEntry')

export const auditEntryJson = (entry: AuditEntry): z.infer<typeof auditEntrySchema> => ({
  id: entry.id,
  organization_id: entry.organizationId,
  actor: entry.actor,
  action: entry.action,
  subject: entry.subject,
  facts: entry.facts,
  at: iso(entry.at),
})
